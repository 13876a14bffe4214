#include "services/runner/settings.h"

#include "services/auction/auction_house.h"

namespace gavel {
namespace {

Service read_service(const Environment& environment) {
    const auto name = environment.find("SERVICE");
    if (!name) return Service::all;
    if (*name == "auction_service") return Service::auction;
    if (*name == "bidding_service") return Service::bidding;
    if (*name == "history_service") return Service::history;
    if (*name == "gateway") return Service::gateway;
    if (*name == "frontend") return Service::frontend;
    throw ConfigError(
        "SERVICE must be auction_service, bidding_service, history_service, gateway "
        "or frontend, or unset to run all of them, not \"" +
        *name + "\"");
}

ServiceURL read_url(const Environment& environment, const char* name, const char* fallback) {
    try {
        return ServiceURL::parse(environment.text(name, fallback));
    } catch (const std::invalid_argument& error) {
        throw ConfigError(std::string(name) + ": " + error.what());
    }
}

LogSettings read_logging(const Environment& environment) {
    LogSettings logging;
    logging.level = environment.text("LOG_LEVEL", logging.level);
    const std::string format = environment.text("LOG_FORMAT", "text");
    if (format != "text" && format != "json") {
        throw ConfigError("LOG_FORMAT must be text or json, not \"" + format + "\"");
    }
    logging.json = format == "json";
    return logging;
}

}  // namespace

Settings Settings::read(const Environment& environment) {
    Settings settings;
    settings.service = read_service(environment);
    const bool all = settings.service == Service::all;
    settings.bind_address = environment.text("BIND_ADDRESS", all ? "127.0.0.1" : "0.0.0.0");
    settings.data_dir = environment.text("DATA_DIR", "data");
    settings.auction_log =
        environment.text("AUCTION_LOG", "sqlite:" + settings.data_dir + "/auction.db");
    settings.static_dir = environment.text("STATIC_DIR", "");

    settings.auction_port = environment.port("AUCTION_SERVICE_PORT", settings.auction_port);
    settings.bidding_port = environment.port("BIDDING_SERVICE_PORT", settings.bidding_port);
    settings.history_port = environment.port("HISTORY_SERVICE_PORT", settings.history_port);
    settings.gateway_port = environment.port("GATEWAY_PORT", settings.gateway_port);
    settings.frontend_port = environment.port("FRONTEND_PORT", settings.frontend_port);
    settings.go_gateway_port = environment.find_port("GO_GATEWAY_PORT");

    settings.auction_url =
        read_url(environment, "AUCTION_SERVICE_URL", "http://auction_service:8001");
    settings.bidding_url =
        read_url(environment, "BIDDING_SERVICE_URL", "http://bidding_service:8002");
    settings.history_url =
        read_url(environment, "HISTORY_SERVICE_URL", "http://history_service:8003");
    settings.gateway_url = read_url(environment, "GATEWAY_URL", "http://gateway:8000");

    try {
        auction::AuctionLogLocation::parse(settings.auction_log);
    } catch (const std::invalid_argument& error) {
        throw ConfigError(error.what());
    }
    settings.logging = read_logging(environment);
    return settings;
}

}  // namespace gavel
