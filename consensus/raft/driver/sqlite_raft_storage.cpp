#include "consensus/raft/driver/sqlite_raft_storage.h"

#include <algorithm>
#include <cassert>

#include "consensus/raft/crc32.h"
#include "consensus/raft/driver/storage_damage.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {
namespace {

constexpr int application_id = 0x4756'5231;  // "GVR1": tells our files from others
constexpr int file_layout = 1;

constexpr const char* hard_state_record = "hard_state";
constexpr const char* membership_record = "initial_membership";
constexpr const char* identity_prefix = "identity.";

// One record: a term never without its vote.
std::string encode_hard_state(const HardState& hard_state) {
    WireWriter out;
    out.u64(hard_state.term);
    out.u64(hard_state.vote);
    return out.take();
}

HardState decode_hard_state(std::string_view record) {
    WireReader in(record);
    HardState hard_state;
    hard_state.term = in.u64();
    hard_state.vote = in.u64();
    in.expect_end();
    return hard_state;
}

// The file is whole as far as this tells, but not for us.
[[noreturn]] void refuse(const Database& database, const std::string& what) {
    throw StorageDamaged(database.path() + ": " + what);
}

void check_layout(Database& database) {
    if (database.query_text("PRAGMA application_id") != std::to_string(application_id)) {
        refuse(database,
               "this is an SQLite database, but not the storage of a Raft server; choose another "
               "DATA_DIR");
    }
    if (database.query_text("PRAGMA user_version") != std::to_string(file_layout)) {
        refuse(database,
               "it was written by a version with another file layout; start that version, or wipe "
               "this node and let it join again under a new id");
    }
}

// Reads one state of the database, however it changes meanwhile.
class ReadTransaction {
  public:
    explicit ReadTransaction(Database& database) : database_(database) {
        database_.execute("BEGIN");
    }
    ~ReadTransaction() {
        try {
            database_.execute("ROLLBACK");
        } catch (const StorageError&) {
            // It has ended by itself; the connection goes next.
        }
    }
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

  private:
    Database& database_;
};

}  // namespace

// ---- opening -----------------------------------------------------------------------------------

SqliteRaftStorage::SqliteRaftStorage(const Options& options)
    : options_(options), lock_(options.path + ".lock") {
    database_ =
        std::make_unique<Database>(options.path, Database::Mode::read_write_create, options.vfs);
    reading(*database_, [this] { open(); });
}

SqliteRaftStorage::~SqliteRaftStorage() = default;

void SqliteRaftStorage::open() {
    auto& database = *database_;
    const bool fresh = database.query_text("SELECT count(*) FROM sqlite_master") == "0";
    if (!fresh) check_layout(database);
    write_ahead_.emplace(database, options_.wal_pages, options_.overdue_wal_pages);
    database.execute("PRAGMA synchronous=" + options_.synchronous);
    database.execute("PRAGMA journal_size_limit=" + std::to_string(limits::raft_wal_bytes));
    if (fresh) create_tables();
    write_ahead_->merge_leftovers();
    records_ = std::make_unique<CheckedRecords>(database);
    entries_ = std::make_unique<EntryTable>(database, *records_);
    snapshots_ = std::make_unique<SnapshotTable>(database);
    write_ahead_->grow();
    read_state();
}

void SqliteRaftStorage::create_tables() {
    auto& database = *database_;
    Transaction transaction(database);
    database.execute("PRAGMA application_id=" + std::to_string(application_id));
    database.execute("PRAGMA user_version=" + std::to_string(file_layout));
    CheckedRecords::create(database);
    CheckedRecords records(database);
    EntryTable::create(database, records);
    SnapshotTable::create(database);
    records.put(hard_state_record, encode_hard_state({}));
    records.put(membership_record, options_.initial.encode());
    transaction.commit();
}

void SqliteRaftStorage::read_state() {
    state_.log_start = entries_->start();
    state_.end = entries_->end();
    state_.staged = snapshots_->staged();
    if (const auto newest = snapshots_->newest()) state_.newest_snapshot = newest->meta.last.index;
}

Restored SqliteRaftStorage::load() {
    return reading(*database_, [this] {
        Restored restored;
        restored.hard_state = decode_hard_state(records_->get(hard_state_record));
        auto& snapshot = restored.snapshot;
        if (const auto newest = snapshots_->newest()) {
            snapshots_->check(*newest);
            snapshot = newest->meta;
        } else {
            snapshot.membership = Membership::decode(records_->get(membership_record));
        }
        const auto after = snapshot.last.index;
        if (after < state_.log_start.index) {
            throw_damaged(*database_, "the snapshot at entry " +
                                          std::to_string(state_.log_start.index) +
                                          ", after which the log begins, is missing");
        }
        if (entries_->at(after).last.term != snapshot.last.term) {
            throw_damaged(*database_, "the log and the snapshot at entry " + std::to_string(after) +
                                          " are of different terms");
        }
        entries_->visit(after + 1, state_.end.last.index,
                        [&](const Entry& entry) { restored.entries.push_back(entry); });
        if (restored.hard_state.term < state_.end.last.term) {
            throw_damaged(*database_, "the stored term is older than the log: a vote was lost");
        }
        return restored;
    });
}

// ---- writing -----------------------------------------------------------------------------------

template <class Work>
RaftStorage::Result SqliteRaftStorage::attempt(Work work) {
    if (failed_) return Result::failed;
    try {
        work();
        return Result::durable;
    } catch (const StorageError& error) {
        reason_ = error.what();
        if (error.kind() == StorageError::Kind::full) return Result::full;
    } catch (const StorageDamaged& error) {
        reason_ = error.what();
    } catch (const MalformedRecord& error) {
        reason_ = error.what();
    }
    failed_ = true;
    return Result::failed;
}

RaftStorage::Result SqliteRaftStorage::save(const PersistBatch& batch) {
    const auto result = attempt([&] {
        auto next = state_;
        Transaction transaction(*database_);
        if (batch.hard_state)
            records_->put(hard_state_record, encode_hard_state(*batch.hard_state));
        for (const auto& chunk : batch.chunks) stage(next, chunk);
        if (batch.install) install(next, *batch.install);
        append(next, batch.entries);
        transaction.commit();
        state_ = next;
    });
    if (result != Result::durable) return result;
    return attempt([this] { write_ahead_->merge_when_overdue(); });
}

void SqliteRaftStorage::stage(State& next, const SnapshotChunk& chunk) {
    if (chunk.offset == 0) {
        if (next.staged) snapshots_->drop_bytes(next.staged->number);
        next.staged = {snapshots_->unused_number(), 0};
    }
    assert(next.staged && chunk.offset == next.staged->size_bytes);
    snapshots_->add_bytes(next.staged->number, chunk.offset, chunk.data);
    next.staged->size_bytes += chunk.data.size();
}

void SqliteRaftStorage::install(State& next, const SnapshotMeta& meta) {
    assert(next.staged && next.staged->size_bytes == meta.size_bytes);
    assert(meta.last.index > next.newest_snapshot);
    const SnapshotTable::Stored snapshot{next.staged->number, meta};
    snapshots_->check(snapshot);
    snapshots_->add(snapshot);
    next.end = entries_->restart_after(meta.last);
    next.log_start = meta.last;
    next.newest_snapshot = meta.last.index;
    next.staged.reset();
}

void SqliteRaftStorage::append(State& next, const std::vector<Entry>& entries) {
    if (entries.empty()) return;
    const auto first = entries.front().index;
    assert(first > next.newest_snapshot);
    if (first <= next.end.last.index) {
        entries_->drop_from(first);
        next.end = entries_->at(first - 1);
    }
    for (const auto& entry : entries) {
        assert(entry.index == next.end.last.index + 1 && entry.term >= next.end.last.term);
        next.end = entries_->append(next.end, entry);
    }
}

RaftStorage::Result SqliteRaftStorage::merge_when_due() {
    return attempt([this] { write_ahead_->merge_when_due(); });
}

// ---- snapshots ---------------------------------------------------------------------------------

RaftStorage::Result SqliteRaftStorage::save_snapshot(const SnapshotMeta& meta, std::string data) {
    assert(meta.size_bytes == data.size() && meta.crc == crc32(data));
    assert(meta.last.index <= state_.end.last.index);
    return attempt([&] {
        if (meta.last.index <= state_.newest_snapshot) return;
        Transaction transaction(*database_);
        const SnapshotTable::Stored snapshot{snapshots_->unused_number(), meta};
        if (!data.empty()) snapshots_->add_bytes(snapshot.number, 0, data);
        snapshots_->add(snapshot);
        transaction.commit();
        state_.newest_snapshot = meta.last.index;
    });
}

std::string SqliteRaftStorage::read_snapshot(Index last_index, std::uint64_t offset,
                                             std::uint64_t bytes) {
    return reading(*database_, [&]() -> std::string {
        const auto snapshot = snapshots_->find(last_index);
        if (!snapshot) return "";
        return snapshots_->read(*snapshot, offset, bytes);
    });
}

void SqliteRaftStorage::drop_snapshots_before(Index last_index) {
    last_index = std::min(last_index, state_.newest_snapshot);
    attempt([&] {
        if (!snapshots_->any_before(last_index)) return;
        Transaction transaction(*database_);
        snapshots_->drop_before(last_index);
        transaction.commit();
    });
}

// ---- identity ----------------------------------------------------------------------------------

std::string SqliteRaftStorage::identity(const std::string& key) {
    return reading(*database_, [&] { return records_->find(identity_prefix + key).value_or(""); });
}

void SqliteRaftStorage::set_identity(const std::string& key, std::string_view value) {
    const auto result = attempt([&] { records_->put(identity_prefix + key, value); });
    if (result == Result::durable) return;
    throw StorageError(
        result == Result::full ? StorageError::Kind::full : StorageError::Kind::sync_failed,
        reason_);
}

// ---- reading beside the storage ----------------------------------------------------------------

std::pair<Index, Index> SqliteRaftStorage::stored_entries(const std::string& path) {
    Database database(path, Database::Mode::read_only);
    return reading(database, [&] {
        check_layout(database);
        const ReadTransaction one_state(database);
        CheckedRecords records(database);
        EntryTable entries(database, records);
        return std::pair{entries.start().index + 1, entries.end().last.index};
    });
}

void SqliteRaftStorage::read_entries(const std::string& path, Index first, Index last,
                                     const Visit& visit) {
    Database database(path, Database::Mode::read_only);
    reading(database, [&] {
        check_layout(database);
        CheckedRecords records(database);
        EntryTable(database, records).visit(first, last, visit);
    });
}

std::optional<std::pair<SnapshotMeta, std::string>> SqliteRaftStorage::read_newest_snapshot(
    const std::string& path) {
    Database database(path, Database::Mode::read_only);
    return reading(database, [&]() -> std::optional<std::pair<SnapshotMeta, std::string>> {
        check_layout(database);
        const ReadTransaction one_state(database);
        SnapshotTable snapshots(database);
        const auto newest = snapshots.newest();
        if (!newest) return std::nullopt;
        auto data = snapshots.read(*newest, 0, newest->meta.size_bytes);
        if (data.size() != newest->meta.size_bytes || crc32(data) != newest->meta.crc) {
            throw_damaged(database, "the checksum of the newest snapshot is wrong");
        }
        return std::pair{newest->meta, std::move(data)};
    });
}

}  // namespace gavel::raft
