#include "services/runner/settings.h"

#include <algorithm>

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

ServiceURL parse_url(const char* name, const std::string& text) {
    try {
        return ServiceURL::parse(text);
    } catch (const std::invalid_argument& error) {
        throw ConfigError(std::string(name) + ": " + error.what());
    }
}

ServiceURL read_url(const Environment& environment, const char* name, const char* fallback) {
    return parse_url(name, environment.text(name, fallback));
}

std::string without_spaces_around(const std::string& text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// One URL or several with commas between them, each another one.
std::vector<ServiceURL> read_urls(const Environment& environment, const char* name,
                                  const char* fallback) {
    const std::string text = environment.text(name, fallback);
    std::vector<ServiceURL> urls;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const std::string part = without_spaces_around(text.substr(begin, end - begin));
        urls.push_back(parse_url(name, part));
        const auto same = [&urls](const ServiceURL& url) {
            return url.authority() == urls.back().authority();
        };
        if (std::count_if(urls.begin(), urls.end(), same) > 1) {
            throw ConfigError(std::string(name) + ": \"" + part + "\" stands there twice");
        }
        begin = end + 1;
    }
    return urls;
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

    settings.auction_urls =
        read_urls(environment, "AUCTION_SERVICE_URL", "http://auction_service:8001");
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
