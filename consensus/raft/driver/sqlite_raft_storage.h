#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/storage/file_lock.h"
#include "common/storage/sqlite.h"
#include "consensus/raft/raft_storage.h"

namespace gavel::raft {

// RaftStorage in one SQLite database (WAL, synchronous=FULL): a batch is one transaction and one
// fsync, and takes effect whole or not at all. One process at a time; one thread at a time.
class SqliteRaftStorage : public RaftStorage {
  public:
    struct Options {
        std::string path;
        Membership initial_membership;     // used when the database is made
        std::string vfs;                   // SQLite's file system; "" is the usual one
        std::string synchronous = "FULL";  // anything less can lose what was promised
    };

    explicit SqliteRaftStorage(const Options& options);

    const Membership& initial_membership() const { return initial_; }

    Restored load() override;
    Result save(const PersistBatch& batch) override;
    Result save_snapshot(const SnapshotMeta& meta, std::string data) override;
    std::string read_snapshot(Index last_index, std::uint64_t offset, std::uint64_t bytes) override;
    void drop_snapshots_before(Index last_index) override;

    using Visit = std::function<void(const Entry&)>;
    static void read_entries(const std::string& path, Index first, Index last, const Visit& visit);
    static std::optional<std::pair<SnapshotMeta, std::string>> read_newest_snapshot(
        const std::string& path);

  private:
    Result run(const std::function<void()>& work);
    void write(const PersistBatch& batch);
    void put_snapshot(const SnapshotMeta& meta, std::string_view data);

    FileLock lock_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Statement> insert_;
    Membership initial_;
    Index last_index_ = 0;
    std::string staged_;
    bool failed_ = false;
};

}  // namespace gavel::raft
