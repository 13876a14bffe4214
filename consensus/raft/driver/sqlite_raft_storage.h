#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/limits.h"
#include "common/storage/file_lock.h"
#include "common/storage/sqlite.h"
#include "common/storage/write_ahead_log.h"
#include "consensus/raft/driver/checked_records.h"
#include "consensus/raft/driver/entry_table.h"
#include "consensus/raft/driver/snapshot_table.h"
#include "consensus/raft/raft_storage.h"

namespace gavel::raft {

// RaftStorage in one SQLite database. A batch is one transaction and one fsync (WAL,
// synchronous=FULL). Everything that is read is checked against its checksum. One process at a
// time; one thread at a time, but for the static functions.
//
// Entries stay when this server takes a snapshot: they are the audit trail. They go when a
// snapshot from the leader takes the place of the log.
class SqliteRaftStorage : public RaftStorage {
  public:
    struct Options {
        std::string path;
        Membership initial;                // of a new database; an old one has its own
        std::string vfs;                   // SQLite's file system; "" is the usual one
        std::string synchronous = "FULL";  // anything less can break promises
        std::size_t wal_pages = limits::raft_wal_pages;
        std::size_t overdue_wal_pages = limits::raft_overdue_wal_pages;
    };

    // Opens or creates it. What an earlier process left in the write-ahead log is on disk for
    // certain afterwards, whatever became of that process's last fsync.
    // Throws StorageDamaged; StorageError when there is no room or no access; std::runtime_error
    // when another process has it.
    explicit SqliteRaftStorage(const Options& options);
    ~SqliteRaftStorage() override;

    // Throws StorageDamaged, also when the parts do not fit together.
    Restored load() override;
    Result save(const PersistBatch& batch) override;
    // One that is not newer than the newest stored one is left out.
    // REQUIRES: the entries up to its last one were saved (as RaftCore::compact does).
    Result save_snapshot(const SnapshotMeta& meta, std::string data) override;
    // Throws StorageDamaged, or StorageError when the disk cannot be read: the process must end.
    std::string read_snapshot(Index last_index, std::uint64_t offset, std::uint64_t bytes) override;
    // Never drops the newest. On a full disk they stay until the next call.
    void drop_snapshots_before(Index last_index) override;

    // Merges the write-ahead log into the database when that is due, about a millisecond. To be
    // called when nobody waits: after what save() made durable was sent. Left undone for long,
    // save() does it. `failed` is as final as there; for want of room it is tried again later.
    Result merge_when_due() override;

    // Who this server is: texts by key, "" when there is none. Durable on return.
    // Both throw StorageDamaged or StorageError.
    std::string identity(const std::string& key);
    void set_identity(const std::string& key, std::string_view value);

    // The stored entries: from first to last, none when first is behind last. Those of the audit
    // trail are among them.
    Index first_stored_index() const { return state_.log_start.index + 1; }
    Index last_stored_index() const { return state_.end.last.index; }

    // Why the last call was `full` or `failed`.
    const std::string& reason() const { return reason_; }

    // These read through a connection of their own, on any thread, while the storage is in use or
    // not. They throw StorageDamaged or StorageError.
    using Visit = EntryTable::Visit;
    static std::pair<Index, Index> stored_entries(const std::string& path);
    // While the storage is in use, `last` must be committed. Throws EntriesGone, too.
    static void read_entries(const std::string& path, Index first, Index last, const Visit& visit);
    static std::optional<std::pair<SnapshotMeta, std::string>> read_newest_snapshot(
        const std::string& path);

  private:
    // What is known of the disk without reading it. A transaction works on a copy, which takes its
    // place after the commit.
    struct State {
        LogPosition log_start;
        ChainEnd end;
        Index newest_snapshot = 0;
        std::optional<SnapshotTable::Staged> staged;
    };

    void open();
    void create_tables();
    void read_state();
    void stage(State& next, const SnapshotChunk& chunk);
    void install(State& next, const SnapshotMeta& meta);
    void append(State& next, const std::vector<Entry>& entries);
    template <class Work>
    Result attempt(Work work);

    const Options options_;
    FileLock lock_;
    std::unique_ptr<Database> database_;
    std::optional<WriteAheadLog> write_ahead_;
    std::unique_ptr<CheckedRecords> records_;
    std::unique_ptr<EntryTable> entries_;
    std::unique_ptr<SnapshotTable> snapshots_;
    State state_;
    bool failed_ = false;
    std::string reason_;
};

}  // namespace gavel::raft
