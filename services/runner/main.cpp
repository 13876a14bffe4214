// gavel: the executable that every service runs in. SERVICE picks one; without it, all run here.

#include <malloc.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "common/clock/clock.h"
#include "common/http/probe.h"
#include "common/limits.h"
#include "common/logging/logging.h"
#include "common/money/money.h"
#include "services/runner/descriptor_limit.h"
#include "services/runner/process.h"
#include "services/runner/replay.h"
#include "services/runner/settings.h"
#include "services/runner/transfer.h"
#include "services/runner/verify.h"

namespace gavel {
namespace {

constexpr auto help = R"(gavel - a distributed online auction platform

usage: gavel                 run what SERVICE says; without SERVICE, all services in one process
       gavel --help          this text
       gavel --version       the version
       gavel --probe URL     exit with 0 when the URL answers with a status of 2xx (health checks)
       gavel --replay PATH   replay an auction log, check its hashes, print the book as JSON
       gavel export LOG FILE [--public]
                             write a log (sqlite:) as JSON Lines: all of it, secrets included, or
                             the proofs of its auctions, which may be published
       gavel import FILE LOG make a new log of a complete export
       gavel token NAME [SECONDS]
                             mint the token that proves a bidder's name for so long (86400), with
                             the BIDDER_TOKEN_KEY of the environment
       gavel verify FILE [--head HEADS]
                             check the proof of an auction offline, and that it goes through what
                             the published heads say; exits with 1 and the place when it does not

settings, as environment variables:
  SERVICE                auction_service, bidding_service, history_service, notifier_service,
                         gateway, frontend, raft_node or two_phase_coordinator
  BIND_ADDRESS           address to listen on (127.0.0.1 for all in one, else 0.0.0.0)
  DATA_DIR               folder of the databases (data)
  AUCTION_LOG            memory: or sqlite:PATH (sqlite:$DATA_DIR/auction.db)
  GATEWAY_PORT           8000        AUCTION_SERVICE_PORT   8001
  BIDDING_SERVICE_PORT   8002        HISTORY_SERVICE_PORT   8003
  NOTIFIER_SERVICE_PORT  8004        FRONTEND_PORT          8080
  GO_GATEWAY_PORT        the Go dialect alone (none)
  SSE_MAX_SUBSCRIBERS    streams at a time (15000)
  AUCTION_SERVICE_URL    http://auction_service:8001        (for a service that runs alone;
                         several nodes with commas between them)
  BIDDING_SERVICE_URL    http://bidding_service:8002
  HISTORY_SERVICE_URL    http://history_service:8003
  NOTIFIER_SERVICE_URL   http://notifier_service:8004
  GATEWAY_URL            http://gateway:8000
  COORDINATOR_URL        creates and closes go through two-phase commit (none); several
                         coordinators with commas between them
  RAFT_NODE_ID           which one of RAFT_PEERS this node is     (these for raft_node)
  RAFT_NODE_PORT         9001
  RAFT_PEERS             1=http://raft_node_1:9001,2=http://raft_node_2:9001,...
  RAFT_JOIN              1: a new node, to be added to a cluster that is there (0)
  RAFT_HEARTBEAT_MS      1000        RAFT_ELECTION_TIMEOUT_MS   1500-3000
  RAFT_SNAPSHOT_ENTRIES  a snapshot after so many entries (200000)
  RAFT_LOG_DATA          1: a log line for every call between nodes that carries entries (0)
  COORDINATOR_PORT       9100        COORDINATOR_NAME       coordinator  (two_phase_coordinator)
  PARTICIPANTS           auction_service=http://auction_service:8001,bidding_service=...
  TWO_PHASE_TIMEOUT_MS   who did not vote by then is unreachable (2000)
  BIDDER_TOKEN_KEY       signs bidders' tokens, which maximums, hidden bids, taking bids back and
                         sellers then need (none: a name is what a request says)
  ADMIN_TOKEN            what operators send as Authorization: Bearer (none: operators are who asks
                         from this machine)
  CLUSTER_TOKEN          a secret that all nodes and coordinators share (none)
  RATE_LIMIT_PER_SECOND  requests of one client (no limit); RATE_LIMIT_BURST at once (the same)
  TRUSTED_PROXIES        whose X-Forwarded-For is believed: addresses and networks with commas
                         between them (none)
  WEBHOOK_ALLOW_PRIVATE  1: webhooks may lead into private networks (0)
  STATIC_DIR             the dashboard's files (those inside the executable)
  LOG_LEVEL              trace, debug, info, warning, error, critical or off (info)
  LOG_FORMAT             text or json (text)
)";

// As many connections as the system grants this user, and a word about it when they are too few
// for the subscribers that are let in.
void make_room_for_connections(const Settings& settings) {
    const bool streams = settings.service == Service::all || settings.service == Service::gateway ||
                         settings.service == Service::frontend;
    const std::size_t wanted =
        streams ? settings.max_subscribers + limits::descriptors_beside_subscribers : 0;
    const std::size_t granted = raise_descriptor_limit(wanted);
    if (granted >= wanted) return;
    service_logger("gavel")->warn(
        "this process may open {} files only, too few for SSE_MAX_SUBSCRIBERS={}; raise the limit "
        "to {} (ulimit -n, LimitNOFILE=) or lower SSE_MAX_SUBSCRIBERS",
        granted, settings.max_subscribers, wanted);
}

// Left to itself the allocator gives the memory of each request back to the system, and takes it
// again for the next one, a page at a time.
void keep_memory_between_requests() {
    constexpr int taken_at_a_time_bytes = 256 * 1024;
    constexpr int kept_bytes = 64 * 1024 * 1024;
    constexpr int mapped_alone_bytes = 4 * 1024 * 1024;  // and given back when freed
    ::mallopt(M_TOP_PAD, taken_at_a_time_bytes);
    ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
    ::mallopt(M_MMAP_THRESHOLD, mapped_alone_bytes);
}

int run_services() {
    keep_memory_between_requests();
    const Settings settings = Settings::read(Environment());
    configure_logging(settings.logging);
    make_room_for_connections(settings);
    Process process(settings);
    if (settings.service == Service::all) {
        service_logger("gavel")->info("the dashboard is at http://{}:{}/", settings.bind_address,
                                      settings.frontend_port);
    }
    return process.run();
}

// Names as bids have them, and a time that a date can be made of.
int print_token(const std::string& name, const std::string& seconds) {
    const std::string key = Settings::read_secret(Environment(), "BIDDER_TOKEN_KEY");
    if (key.empty()) throw ConfigError("BIDDER_TOKEN_KEY must be set to mint a token");
    if (name.empty() || name.size() > limits::max_bidder_bytes) {
        throw ConfigError("a bidder's name has 1 to " + std::to_string(limits::max_bidder_bytes) +
                          " bytes");
    }
    constexpr std::int64_t most_seconds = 10LL * 365 * 86'400;
    const auto lasts = parse_python_int(seconds);
    if (!lasts || *lasts < 1 || *lasts > most_seconds) {
        throw ConfigError("a token lasts 1 to " + std::to_string(most_seconds) + " seconds");
    }
    std::cout << mint_bidder_token(key, name, wall_clock_us() / 1'000'000 + *lasts) << "\n";
    return 0;
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.empty()) return run_services();
    const std::string& option = arguments[0];
    if (option == "--help" || option == "-h") {
        std::cout << help;
        return 0;
    }
    if (option == "--version") {
        std::cout << "gavel " GAVEL_VERSION "\n";
        return 0;
    }
    if (option == "--probe" && arguments.size() == 2) return probe(arguments[1]) ? 0 : 1;
    if (option == "--replay" && arguments.size() == 2) {
        print_replay(arguments[1], std::cout);
        return 0;
    }
    if (option == "export" && arguments.size() == 3) {
        std::cout << export_log(arguments[1], arguments[2]) << " entries\n";
        return 0;
    }
    if (option == "export" && arguments.size() == 4 && arguments[3] == "--public") {
        std::cout << export_public(arguments[1], arguments[2]) << " auctions\n";
        return 0;
    }
    if (option == "import" && arguments.size() == 3) {
        std::cout << import_log(arguments[1], arguments[2]) << " entries\n";
        return 0;
    }
    if (option == "token" && (arguments.size() == 2 || arguments.size() == 3)) {
        return print_token(arguments[1], arguments.size() == 3 ? arguments[2] : "86400");
    }
    if (option == "verify" && arguments.size() == 2) {
        return verify(arguments[1], std::nullopt, std::cout);
    }
    if (option == "verify" && arguments.size() == 4 && arguments[2] == "--head") {
        return verify(arguments[1], arguments[3], std::cout);
    }
    std::cerr << "gavel: unknown arguments; see gavel --help\n";
    return 2;
}

}  // namespace
}  // namespace gavel

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return gavel::run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const std::exception& error) {
        std::cerr << "gavel: " << error.what() << "\n";
        return 1;
    }
}
