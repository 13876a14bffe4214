#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/config/environment.h"
#include "common/http/address_set.h"
#include "common/http/token_bucket.h"
#include "common/http/url.h"
#include "common/identity/identity.h"
#include "common/limits.h"
#include "common/logging/logging.h"
#include "consensus/raft/driver/node_settings.h"
#include "services/runner/coordinator_settings.h"

namespace gavel {

enum class Service : std::uint8_t {
    all,
    auction,
    bidding,
    history,
    notifier,
    gateway,
    frontend,
    raft_node,
    two_phase_coordinator
};

// Everything that the environment says about a process, checked.
struct Settings {
    Service service = Service::all;
    std::string bind_address;
    std::string data_dir;
    std::string auction_log;
    std::string static_dir;  // "": the dashboard in the executable

    std::uint16_t auction_port = 8001;
    std::uint16_t bidding_port = 8002;
    std::uint16_t history_port = 8003;
    std::uint16_t notifier_port = 8004;
    std::uint16_t gateway_port = 8000;
    std::uint16_t frontend_port = 8080;
    std::optional<std::uint16_t> go_gateway_port;
    std::size_t max_subscribers = limits::max_subscribers;

    std::vector<ServiceURL> auction_urls;  // one, or the nodes of a cluster
    ServiceURL bidding_url;
    ServiceURL history_url;
    ServiceURL notifier_url;
    ServiceURL gateway_url;

    // Of two-phase commit: empty when creates and closes go without it.
    std::vector<ServiceURL> coordinator_urls;
    std::string cluster_token;  // "" when there is none

    Identity::Keys keys;
    bool webhook_allow_private = false;

    std::optional<RateLimit> rate_limit;  // nothing: clients may ask as often as they like
    AddressSet trusted_proxies;

    // Meaningful for Service::raft_node.
    raft::NodeSettings raft;
    std::uint16_t raft_port = 9001;

    // Meaningful for Service::two_phase_coordinator.
    CoordinatorSettings coordinator;

    LogSettings logging;

    // Throws ConfigError in one sentence that names the variable.
    static Settings read(const Environment& environment);
    // "" when it is not set; ConfigError when it could be guessed.
    static std::string read_secret(const Environment& environment, const char* name);
};

}  // namespace gavel
