#include "services/runner/settings.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "services/auction/auction_house.h"

namespace gavel {
namespace {

constexpr std::uint64_t max_node_id = 1'000'000;
constexpr std::uint64_t max_rate = 1'000'000;
constexpr std::uint64_t max_subscribers_setting = 1'000'000;

Service read_service(const Environment& environment) {
    const auto name = environment.find("SERVICE");
    if (!name) return Service::all;
    if (*name == "auction_service") return Service::auction;
    if (*name == "bidding_service") return Service::bidding;
    if (*name == "history_service") return Service::history;
    if (*name == "notifier_service") return Service::notifier;
    if (*name == "gateway") return Service::gateway;
    if (*name == "frontend") return Service::frontend;
    if (*name == "raft_node") return Service::raft_node;
    if (*name == "two_phase_coordinator") return Service::two_phase_coordinator;
    throw ConfigError(
        "SERVICE must be auction_service, bidding_service, history_service, "
        "notifier_service, gateway, frontend, raft_node or "
        "two_phase_coordinator, or unset to run all of them, not \"" +
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

std::uint64_t read_number(const std::string& name, std::string_view text, std::uint64_t min,
                          std::uint64_t max) {
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || rest != text.data() + text.size() || value < min || value > max) {
        throw ConfigError(name + " must be a whole number from " + std::to_string(min) + " to " +
                          std::to_string(max) + ", not \"" + std::string(text) + "\"");
    }
    return value;
}

// Off unless it is set.
bool read_switch(const Environment& environment, const char* name) {
    const std::string text = environment.text(name, "0");
    if (text != "0" && text != "1") {
        throw ConfigError(std::string(name) + " must be 0 or 1, not \"" + text + "\"");
    }
    return text == "1";
}

std::optional<RateLimit> read_rate_limit(const Environment& environment) {
    const auto text = environment.find("RATE_LIMIT_PER_SECOND");
    if (!text) return std::nullopt;
    RateLimit limit;
    limit.per_second = read_number("RATE_LIMIT_PER_SECOND", *text, 1, max_rate);
    limit.burst = read_number(
        "RATE_LIMIT_BURST", environment.text("RATE_LIMIT_BURST", std::to_string(limit.per_second)),
        1, max_rate);
    return limit;
}

// "1=http://a:9001,2=http://b:9001"
std::map<raft::NodeId, std::string> read_peers(const std::string& text) {
    const auto refuse = [&text](const std::string& why) {
        return ConfigError(
            "RAFT_PEERS must list every node as ID=URL with commas between, as in "
            "1=http://a:9001,2=http://b:9001, not \"" +
            text + "\": " + why);
    };
    std::map<raft::NodeId, std::string> peers;
    std::stringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto equals = part.find('=');
        if (equals == std::string::npos) throw refuse("\"" + part + "\" has no =");
        const auto id = read_number("a node id of RAFT_PEERS",
                                    std::string_view(part).substr(0, equals), 1, max_node_id);
        const std::string url = part.substr(equals + 1);
        try {
            static_cast<void>(ServiceURL::parse(url));
        } catch (const std::invalid_argument& error) {
            throw refuse(error.what());
        }
        if (!peers.emplace(id, url).second) throw refuse("node " + std::to_string(id) + " twice");
    }
    if (peers.empty()) throw refuse("it is empty");
    return peers;
}

raft::NodeSettings read_raft(const Environment& environment, const std::string& data_dir) {
    raft::NodeSettings node;
    const auto id = environment.find("RAFT_NODE_ID");
    if (!id) throw ConfigError("RAFT_NODE_ID must be set: the number of this node in RAFT_PEERS");
    node.id = read_number("RAFT_NODE_ID", *id, 1, max_node_id);
    node.peers = read_peers(environment.text("RAFT_PEERS", ""));
    node.joining = read_switch(environment, "RAFT_JOIN");
    if (node.peers.count(node.id) == 0) {
        throw ConfigError("RAFT_PEERS does not name this node, RAFT_NODE_ID=" + *id);
    }
    node.data_dir = data_dir;
    node.heartbeat_ms = static_cast<std::int64_t>(read_number(
        "RAFT_HEARTBEAT_MS", environment.text("RAFT_HEARTBEAT_MS", "1000"), 10, 60'000));
    const std::string range = environment.text("RAFT_ELECTION_TIMEOUT_MS", "1500-3000");
    const auto dash = range.find('-');
    if (dash == std::string::npos) {
        throw ConfigError("RAFT_ELECTION_TIMEOUT_MS must be a range as in 1500-3000, not \"" +
                          range + "\"");
    }
    const std::string name = "each end of RAFT_ELECTION_TIMEOUT_MS";
    node.election_min_ms = static_cast<std::int64_t>(
        read_number(name, std::string_view(range).substr(0, dash), 20, 600'000));
    node.election_max_ms = static_cast<std::int64_t>(
        read_number(name, std::string_view(range).substr(dash + 1), 20, 600'000));
    if (node.election_min_ms <= node.heartbeat_ms || node.election_max_ms < node.election_min_ms) {
        throw ConfigError("RAFT_ELECTION_TIMEOUT_MS must be a range above RAFT_HEARTBEAT_MS (" +
                          std::to_string(node.heartbeat_ms) + "), not \"" + range + "\"");
    }
    node.token = environment.text("CLUSTER_TOKEN", "");
    node.log_data = environment.text("RAFT_LOG_DATA", "0") == "1";
    node.snapshot_interval_entries = read_number(
        "RAFT_SNAPSHOT_ENTRIES",
        environment.text("RAFT_SNAPSHOT_ENTRIES", std::to_string(node.snapshot_interval_entries)),
        100, 1'000'000'000);
    return node;
}

}  // namespace

std::string Settings::read_secret(const Environment& environment, const char* name) {
    constexpr std::size_t least_bytes = 16;
    std::string secret = environment.text(name, "");
    if (secret.empty() || secret.size() >= least_bytes) return secret;
    throw ConfigError(std::string(name) + " must have at least " + std::to_string(least_bytes) +
                      " characters, since a shorter one can be guessed");
}

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
    settings.notifier_port = environment.port("NOTIFIER_SERVICE_PORT", settings.notifier_port);
    settings.gateway_port = environment.port("GATEWAY_PORT", settings.gateway_port);
    settings.frontend_port = environment.port("FRONTEND_PORT", settings.frontend_port);
    settings.go_gateway_port = environment.find_port("GO_GATEWAY_PORT");
    settings.max_subscribers = read_number(
        "SSE_MAX_SUBSCRIBERS",
        environment.text("SSE_MAX_SUBSCRIBERS", std::to_string(settings.max_subscribers)), 1,
        max_subscribers_setting);

    settings.auction_urls =
        read_urls(environment, "AUCTION_SERVICE_URL", "http://auction_service:8001");
    settings.bidding_url =
        read_url(environment, "BIDDING_SERVICE_URL", "http://bidding_service:8002");
    settings.history_url =
        read_url(environment, "HISTORY_SERVICE_URL", "http://history_service:8003");
    settings.notifier_url =
        read_url(environment, "NOTIFIER_SERVICE_URL", "http://notifier_service:8004");
    settings.gateway_url = read_url(environment, "GATEWAY_URL", "http://gateway:8000");

    if (environment.find("COORDINATOR_URL")) {
        settings.coordinator_urls = read_urls(environment, "COORDINATOR_URL", "");
    }
    settings.cluster_token = environment.text("CLUSTER_TOKEN", "");
    settings.keys.bidders = read_secret(environment, "BIDDER_TOKEN_KEY");
    settings.keys.admin = read_secret(environment, "ADMIN_TOKEN");
    settings.webhook_allow_private = read_switch(environment, "WEBHOOK_ALLOW_PRIVATE");
    settings.rate_limit = read_rate_limit(environment);
    try {
        settings.trusted_proxies = AddressSet::parse(environment.text("TRUSTED_PROXIES", ""));
    } catch (const std::invalid_argument& error) {
        throw ConfigError(std::string("TRUSTED_PROXIES: ") + error.what());
    }

    try {
        auction::AuctionLogLocation::parse(settings.auction_log);
    } catch (const std::invalid_argument& error) {
        throw ConfigError(error.what());
    }
    if (settings.service == Service::raft_node) {
        settings.raft = read_raft(environment, settings.data_dir);
        settings.raft_port = environment.port("RAFT_NODE_PORT", settings.raft_port);
    }
    if (settings.service == Service::two_phase_coordinator) {
        settings.coordinator = CoordinatorSettings::read(environment);
    }
    settings.logging = read_logging(environment);
    return settings;
}

}  // namespace gavel
