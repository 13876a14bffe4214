#pragma once

#include <deque>
#include <string>
#include <utility>

#include "consensus/raft/raft_storage.h"

namespace gavel::raft::testing {

// A disk in memory whose next results the test decides; durable when it says nothing.
class FakeStorage : public RaftStorage {
  public:
    Restored load() override { return {}; }
    Result save(const PersistBatch& batch) override {
        const auto result = next_result();
        if (result == Result::durable) saved_entries += batch.entries.size();
        return result;
    }
    Result save_snapshot(const SnapshotMeta& meta, std::string data) override {
        const auto result = next_result();
        if (result != Result::durable) return result;
        snapshot = meta;
        snapshot_data = std::move(data);
        return result;
    }
    std::string read_snapshot(Index last_index, std::uint64_t offset,
                              std::uint64_t bytes) override {
        if (last_index != snapshot.last.index) return "";
        return snapshot_data.substr(offset, bytes);
    }
    void drop_snapshots_before(Index last_index) override { dropped_before = last_index; }

    std::deque<Result> results;
    std::size_t saved_entries = 0;
    SnapshotMeta snapshot;
    std::string snapshot_data;
    Index dropped_before = 0;

  private:
    Result next_result() {
        if (results.empty()) return Result::durable;
        const auto result = results.front();
        results.pop_front();
        return result;
    }
};

}  // namespace gavel::raft::testing
