// Many subscribers of an event stream, and what reaches them when, as JSON. `--help` tells the
// options.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/client/command_line.h"
#include "evaluation/client/observed_processes.h"
#include "evaluation/client/open_files.h"
#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"
#include "evaluation/client/tool.h"
#include "evaluation/load_generator/auctions.h"
#include "evaluation/load_generator/bid_workload.h"
#include "evaluation/subscriber_swarm/publish_workload.h"
#include "evaluation/subscriber_swarm/swarm.h"

namespace {

using namespace gavel::evaluation;

constexpr auto help = R"(subscriber_swarm URL [OPTION]...

Opens many event streams from one thread, bids at a fixed rate (open loop), and prints as JSON when
the events of each bid reached the first and the last subscriber, and which were lost or came twice.

  --subscribers N      1000
  --stalled N          further ones, that stop reading before the first bid (0)
  --target TARGET      of the stream (/api/updates/stream)
  --rate R             bids a second (10)
  --seconds S          of bids (5)
  --connections N      that bid (16)
  --auctions N         that are bid on, created first (10)
  --bids-before N      bids on each of them before anybody subscribes (0)
  --settle S           how long to wait for an event that does not come (10)
  --publish TARGET     instead of bids, messages to another kind of server
  --publish-bytes N    the length of such a message (600)
  --observe PID        a process of the server: tell its CPU time while bids came, and its memory
                       with all subscribers there; may be repeated
  --output FILE        for the JSON, instead of the output
)";

struct Settings {
    std::uint64_t subscribers = 1000;
    std::uint64_t stalled = 0;
    std::string target = "/api/updates/stream";
    double rate = 10;
    double seconds = 5;
    std::uint64_t connections = 16;
    std::uint64_t auctions = 10;
    std::uint64_t bids_before = 0;
    double settle_seconds = 10;
    std::string publish_target;
    std::uint64_t publish_bytes = 600;
    std::vector<std::string> observed;
};

void add_options(CommandLine& line, Settings& settings) {
    line.number("--subscribers", 1, 1'000'000, settings.subscribers);
    line.number("--stalled", 0, 1'000'000, settings.stalled);
    line.text("--target", settings.target);
    line.number("--rate", 0.01, 1e6, settings.rate);
    line.number("--seconds", 0.05, 3600.0, settings.seconds);
    line.number("--connections", 1, 10'000, settings.connections);
    line.number("--auctions", 1, 1'000'000, settings.auctions);
    line.number("--bids-before", 0, 10'000'000, settings.bids_before);
    line.number("--settle", 0.1, 600.0, settings.settle_seconds);
    line.text("--publish", settings.publish_target);
    line.number("--publish-bytes", 1, 1'000'000, settings.publish_bytes);
    line.texts("--observe", settings.observed);
}

std::unique_ptr<Workload> make_workload(Poller& poller, const ServerAddress& server,
                                        const Settings& settings) {
    if (!settings.publish_target.empty()) {
        return std::make_unique<PublishWorkload>(server.authority, settings.publish_target,
                                                 settings.publish_bytes);
    }
    auto ids = create_auctions(poller, server, settings.auctions, settings.bids_before);
    BidWorkload::Options bids;
    bids.auctions = settings.auctions;
    bids.lean = true;
    bids.bidder_prefix = EventLog::bidder_prefix;
    bids.bidders = 0;  // so that each event tells of which bid it is
    bids.first_amount = 2 + settings.bids_before;
    return std::make_unique<BidWorkload>(server.authority, std::move(ids), bids);
}

nlohmann::ordered_json run(const std::string& url, const Settings& settings) {
    allow_open_files(settings.subscribers + settings.stalled + settings.connections + 100);
    Poller poller;
    const auto server = ServerAddress::resolve(url);
    const auto workload = make_workload(poller, server, settings);
    Swarm::Options options;
    options.subscribers = settings.subscribers;
    options.stalled = settings.stalled;
    options.target = settings.target;
    options.snapshots = settings.publish_target.empty();
    options.settle_ns = static_cast<std::int64_t>(settings.settle_seconds * 1e9);
    Swarm swarm(poller, server, options);
    swarm.subscribe();
    LoadRun::Options load;
    load.connections = settings.connections;
    load.rate = settings.rate;
    load.measured_ns = static_cast<std::int64_t>(settings.seconds * 1e9);
    const ObservedProcesses servers(settings.observed);
    const double cpu_before = servers.cpu_seconds();
    swarm.run(*workload, load);
    auto told = swarm.json();
    told["rate"] = settings.rate;
    told["server_cpu_seconds"] = servers.cpu_seconds() - cpu_before;
    told["memory"] = servers.memory();
    return told;
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CommandLine line;
    add_options(line, settings);
    return tool_main("subscriber_swarm", help, argc, argv, line,
                     [&](const std::string& url) { return run(url, settings); });
}
