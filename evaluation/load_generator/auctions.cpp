#include "evaluation/load_generator/auctions.h"

#include <stdexcept>

#include "evaluation/load_generator/bid_workload.h"
#include "evaluation/load_generator/create_workload.h"
#include "evaluation/load_generator/load_run.h"
#include "evaluation/load_generator/read_workload.h"

namespace gavel::evaluation {
namespace {

LoadFigures run(Poller& poller, const ServerAddress& server, Workload& workload,
                std::uint64_t max_requests) {
    LoadRun::Options options;
    options.max_requests = max_requests;
    LoadRun load(poller, server, workload, options);
    load.connect();
    return load.run();
}

}  // namespace

std::vector<std::string> create_auctions(Poller& poller, const ServerAddress& server,
                                         std::uint64_t count, std::uint64_t bids_on_each) {
    if (count == 0) return {};
    CreateWorkload creates(server.authority, count);
    run(poller, server, creates, 0);
    const auto& ids = creates.ids();
    if (ids.size() != count) {
        throw std::runtime_error("only " + std::to_string(ids.size()) + " of " +
                                 std::to_string(count) + " auctions could be created");
    }
    if (bids_on_each > 0) {
        BidWorkload bids(server.authority, ids, {.auctions = count, .lean = true});
        if (run(poller, server, bids, count * bids_on_each).count(Outcome::failed) > 0) {
            throw std::runtime_error("bids before the measurement failed");
        }
    }
    // A read waits until it shows all that was acknowledged: events of all this are no one's news.
    ReadWorkload read(server.authority, {"/api/auctions/{auction}"}, {ids.back()},
                      "Prefer: return=minimal\r\n");
    if (run(poller, server, read, 1).count(Outcome::accepted) != 1) {
        throw std::runtime_error("the auctions that were created cannot be read");
    }
    return ids;
}

}  // namespace gavel::evaluation
