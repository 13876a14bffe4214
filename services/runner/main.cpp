// gavel: the executable that every service runs in. SERVICE picks one; without it, all run here.

#include <malloc.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "common/http/probe.h"
#include "common/logging/logging.h"
#include "services/runner/descriptor_limit.h"
#include "services/runner/process.h"
#include "services/runner/replay.h"
#include "services/runner/settings.h"

namespace gavel {
namespace {

constexpr auto help = R"(gavel - a distributed online auction platform

usage: gavel                 run what SERVICE says; without SERVICE, all services in one process
       gavel --help          this text
       gavel --version       the version
       gavel --probe URL     exit with 0 when the URL answers with a status of 2xx (health checks)
       gavel --replay PATH   replay an auction log, check its hashes, print the book as JSON

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
  CLUSTER_TOKEN          a secret that all nodes and coordinators share (none)
  ADMIN_TOKEN            a secret that operators send; without it, operators are who asks from
                         this machine (none)
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
