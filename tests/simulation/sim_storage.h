#pragma once

#include <string>
#include <utility>
#include <vector>

#include "consensus/raft/raft_storage.h"
#include "tests/simulation/sim_disk.h"

namespace gavel::simulation {

// RaftStorage as one file of records on a SimDisk: length, checksum, record. Writing and syncing
// are apart, so that a crash can come between.
class SimStorage : public raft::RaftStorage {
  public:
    // A server of an empty disk begins with this membership.
    explicit SimStorage(raft::Membership initial) : initial_(std::move(initial)) {
        on_disk_.restored.snapshot.membership = initial_;
    }

    raft::Restored load() override;
    Result save(const raft::PersistBatch& batch) override;
    Result save_snapshot(const raft::SnapshotMeta& meta, std::string data) override;
    std::string read_snapshot(raft::Index last_index, std::uint64_t offset,
                              std::uint64_t bytes) override;
    void drop_snapshots_before(raft::Index last_index) override;

    // The halves of save() and save_snapshot().
    void write(const raft::PersistBatch& batch);
    void write_snapshot(const raft::SnapshotMeta& meta, std::string data);
    Result sync();

    void fail_next_sync() { next_sync_fails_ = true; }
    void crash(raft::Random& random);

    // What a crash now would leave.
    bool on_disk(const raft::LogPosition& entry) const;
    const std::string& snapshot_data() const { return on_disk_.snapshot_data; }

  private:
    // What a file of records means.
    struct Contents {
        raft::Restored restored;
        std::string snapshot_data;
        std::string staged;
        std::size_t read_bytes = 0;  // up to the first record that is not whole

        void read(std::string_view file);
        void apply(std::string_view record);
    };
    void follow_disk();
    std::string rewritten() const;

    raft::Membership initial_;
    SimDisk disk_;
    Contents on_disk_;
    // A snapshot that is being written, and the newest before it, for who is still receiving it.
    raft::SnapshotMeta new_meta_;
    std::string new_data_;
    bool switches_ = false;
    std::vector<std::pair<raft::Index, std::string>> snapshots_;
    bool next_sync_fails_ = false;
};

}  // namespace gavel::simulation
