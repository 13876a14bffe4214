#include "services/runner/event_remake.h"

#include <vector>

#include "common/logging/logging.h"
#include "consensus/raft/driver/entry_table.h"
#include "consensus/raft/driver/sqlite_raft_storage.h"
#include "services/auction/command.h"
#include "services/auction/live_book.h"
#include "services/runner/log_walk.h"
#include "services/runner/node_state.h"

namespace gavel {
namespace {

constexpr std::size_t entries_at_a_time = 10'000;

}  // namespace

std::uint64_t remake_events(const std::string& storage_path, auction::EventStore& store,
                            std::uint64_t target, const std::atomic<bool>& stopping) {
    const auto reached = store.reached_index();
    if (reached >= target) return reached;
    const auto [first, last] = raft::SqliteRaftStorage::stored_entries(storage_path);
    if (first != 1 || last < target) return reached;
    service_logger("raft_node")
        ->info("the events of entries {} to {} are made again from the log", reached + 1, target);
    auction::LiveBook live;
    std::vector<auction::EntryEvents> made;
    const auto take = [&](const raft::Entry& entry) {
        if (entry.kind != raft::EntryKind::command || decision_in(entry.payload.view())) {
            live.skip();
            return;
        }
        const bool lacks = entry.index > reached;
        auto events = live.apply(auction::decode(entry.payload.view()), lacks).events;
        if (lacks && events.count > 0) made.push_back(std::move(events));
        if (made.size() < entries_at_a_time) return;
        store.append(made, entry.index);
        made.clear();
    };
    try {
        // What is left when it is stopped is made at the next start.
        if (walk_log(storage_path, 1, target, stopping, take)) store.append(made, target);
    } catch (const raft::EntriesGone&) {  // the leader's snapshot took the place of the log
    }
    return store.reached_index();
}

}  // namespace gavel
