// Load upon an auction platform, and what its answers took, as JSON. `--help` tells the options.

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/client/command_line.h"
#include "evaluation/client/observed_processes.h"
#include "evaluation/client/open_files.h"
#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"
#include "evaluation/client/tool.h"
#include "evaluation/load_generator/auctions.h"
#include "evaluation/load_generator/bid_workload.h"
#include "evaluation/load_generator/create_workload.h"
#include "evaluation/load_generator/load_run.h"
#include "evaluation/load_generator/read_workload.h"

namespace {

using namespace gavel::evaluation;

constexpr auto help = R"(load_generator URL [OPTION]...

Puts load upon an auction platform over keep-alive connections, from one thread, and prints what
the answers took as JSON. Accepted (2xx, 304), refused (409) and failed requests are told apart.

  --workload NAME      bids (default), reads or creates
  --connections N      64
  --seconds S          to measure (5), or --requests N: so many instead
  --warmup S           before that (1)
  --rate R             open loop: R requests a second are due, whether answers come or not, and
                       latency counts from then. Without it a closed loop: each connection sends
                       when it has its answer
  --observe PID        a process of the server: tell its CPU time, too; may be repeated
  --timeout S          an answer that takes longer has failed (10)
  --connect-timeout S  for all connections to be opened (30)
  --output FILE        for the JSON, instead of the output

bids and reads:
  --auctions N         created first (bids: 50, reads: none)
  --bids-before N      bids on each of them before the measurement (0)
bids:
  --lean               ask for answers without the bids of the auction
  --hopeless SHARE     of bids that repeat the starting price (0)
  --fresh-after N      an auction that has had N bids in the measurement is replaced by a fresh one
  --spares N           such fresh ones, created first (0); when they are used up, the run ends
  --echo               the server is no auction platform and echoes what it gets: create nothing
reads:
  --get TARGET         what to read; may be repeated, then in turn. {auction} stands for the ids of
                       the auctions, {LOW-HIGH} for a number of that range
  --header LINE        sent with each read; may be repeated
)";

struct Settings {
    std::string workload = "bids";
    std::uint64_t connections = 64;
    double seconds = 5;
    std::uint64_t requests = 0;
    double warmup_seconds = 1;
    double rate = 0;
    double timeout_seconds = 10;
    double connect_seconds = 30;
    std::uint64_t auctions = 0;
    std::uint64_t bids_before = 0;
    bool lean = false;
    double hopeless = 0;
    std::uint64_t fresh_after = 0;
    std::uint64_t spares = 0;
    bool echo = false;
    std::vector<std::string> targets;
    std::vector<std::string> headers;
    std::vector<std::string> observed;
};

std::int64_t nanoseconds(double seconds) {
    return static_cast<std::int64_t>(seconds * 1e9);
}

void add_options(CommandLine& line, Settings& settings) {
    line.text("--workload", settings.workload);
    line.number("--connections", 1, 20'000, settings.connections);
    line.number("--seconds", 0.05, 3600.0, settings.seconds);
    line.number("--requests", 0, 1'000'000'000, settings.requests);
    line.number("--warmup", 0.0, 3600.0, settings.warmup_seconds);
    line.number("--rate", 0.0, 1e7, settings.rate);
    line.number("--timeout", 0.1, 600.0, settings.timeout_seconds);
    line.number("--connect-timeout", 0.1, 600.0, settings.connect_seconds);
    line.number("--auctions", 0, 1'000'000, settings.auctions);
    line.number("--bids-before", 0, 10'000'000, settings.bids_before);
    line.flag("--lean", settings.lean);
    line.number("--hopeless", 0.0, 1.0, settings.hopeless);
    line.number("--fresh-after", 0, 1'000'000'000, settings.fresh_after);
    line.number("--spares", 0, 1'000'000, settings.spares);
    line.flag("--echo", settings.echo);
    line.texts("--get", settings.targets);
    line.texts("--header", settings.headers);
    line.texts("--observe", settings.observed);
}

// An echo takes any id.
std::vector<std::string> made_up_ids(std::uint64_t count) {
    std::vector<std::string> ids;
    for (std::uint64_t id = 1; id <= count; ++id) ids.push_back(std::to_string(id));
    return ids;
}

std::unique_ptr<Workload> make_workload(Poller& poller, const ServerAddress& server,
                                        Settings& settings) {
    if (settings.workload == "creates") {
        return std::make_unique<CreateWorkload>(server.authority, std::nullopt);
    }
    const std::uint64_t count = settings.auctions + settings.spares;
    auto ids = settings.echo ? made_up_ids(count)
                             : create_auctions(poller, server, count, settings.bids_before);
    if (settings.workload == "reads") {
        std::string fields;
        for (const auto& header : settings.headers) fields += header + "\r\n";
        return std::make_unique<ReadWorkload>(server.authority, settings.targets, std::move(ids),
                                              fields);
    }
    BidWorkload::Options options;
    options.auctions = settings.auctions;
    options.lean = settings.lean;
    options.hopeless = settings.hopeless;
    options.fresh_after = settings.fresh_after;
    options.first_amount = 2 + settings.bids_before;
    return std::make_unique<BidWorkload>(server.authority, std::move(ids), options);
}

void check(Settings& settings) {
    using Error = CommandLine::Error;
    const auto& name = settings.workload;
    if (name != "bids" && name != "reads" && name != "creates") {
        throw Error("--workload is bids, reads or creates, not \"" + name + "\"");
    }
    if (name == "bids" && settings.auctions == 0) settings.auctions = 50;
    if (name == "reads" && settings.targets.empty()) throw Error("reads need --get");
}

nlohmann::ordered_json run(const std::string& url, Settings& settings) {
    check(settings);
    allow_open_files(settings.connections + 100);
    Poller poller;
    const auto server = ServerAddress::resolve(url);
    const auto workload = make_workload(poller, server, settings);
    LoadRun::Options options;
    options.connections = settings.connections;
    options.rate = settings.rate;
    options.warmup_ns = settings.requests > 0 ? 0 : nanoseconds(settings.warmup_seconds);
    options.measured_ns = settings.requests > 0 ? 0 : nanoseconds(settings.seconds);
    options.max_requests = settings.requests;
    options.answer_timeout_ns = nanoseconds(settings.timeout_seconds);
    options.connect_timeout_ns = nanoseconds(settings.connect_seconds);
    const ObservedProcesses servers(settings.observed);
    LoadRun load(poller, server, *workload, options);
    load.observe(servers);
    load.connect();
    nlohmann::ordered_json told = {{"tool", "load_generator"},
                                   {"workload", settings.workload},
                                   {"connections", settings.connections},
                                   {"rate", settings.rate},
                                   {"auctions", settings.auctions},
                                   {"bids_before", settings.bids_before}};
    told.update(load.run().json());
    return told;
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CommandLine line;
    add_options(line, settings);
    return tool_main("load_generator", help, argc, argv, line,
                     [&](const std::string& url) { return run(url, settings); });
}
