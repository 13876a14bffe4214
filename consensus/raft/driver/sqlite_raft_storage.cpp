#include "consensus/raft/driver/sqlite_raft_storage.h"

#include "common/logging/logging.h"
#include "consensus/raft/message_codec.h"

namespace gavel::raft {

SqliteRaftStorage::SqliteRaftStorage(const Options& options) : lock_(options.path + ".lock") {
    database_ =
        std::make_unique<Database>(options.path, Database::Mode::read_write_create, options.vfs);
    database_->execute("PRAGMA journal_mode=WAL");
    database_->execute("PRAGMA synchronous=" + options.synchronous);
    database_->execute("PRAGMA wal_autocheckpoint=1000");
    if (database_->query_text("SELECT count(*) FROM sqlite_master") == "0") {
        Transaction transaction(*database_);
        database_->execute(
            "CREATE TABLE state(k INTEGER PRIMARY KEY, term INTEGER, vote INTEGER, initial BLOB);"
            "CREATE TABLE entries(idx INTEGER PRIMARY KEY, record BLOB NOT NULL);"
            "CREATE TABLE snapshots(idx INTEGER PRIMARY KEY, meta BLOB, data BLOB)");
        Statement insert(*database_, "INSERT INTO state VALUES(1, 0, 0, ?)");
        const auto initial = options.initial_membership.encode();
        insert.bind_blob(1, initial).run();
        transaction.commit();
    }
    Statement initial(*database_, "SELECT initial FROM state");
    initial.step();
    initial_ = Membership::decode(initial.column_bytes(0));
    insert_ = std::make_unique<Statement>(*database_, "INSERT INTO entries VALUES(?, ?)");
}

Restored SqliteRaftStorage::load() {
    Restored restored;
    restored.snapshot.membership = initial_;
    Statement state(*database_, "SELECT term, vote FROM state");
    state.step();
    restored.hard_state = {static_cast<Term>(state.column_int(0)),
                           static_cast<NodeId>(state.column_int(1))};
    Statement snapshot(*database_, "SELECT meta FROM snapshots ORDER BY idx DESC LIMIT 1");
    if (snapshot.step()) {
        WireReader in(snapshot.column_bytes(0));
        restored.snapshot = decode_snapshot_meta(in);
    }
    Statement rows(*database_, "SELECT record FROM entries WHERE idx > ? ORDER BY idx");
    rows.bind(1, restored.snapshot.last.index);
    while (rows.step()) {
        WireReader in(rows.column_bytes(0));
        restored.entries.push_back(decode_entry(in));
    }
    last_index_ =
        restored.entries.empty() ? restored.snapshot.last.index : restored.entries.back().index;
    return restored;
}

RaftStorage::Result SqliteRaftStorage::run(const std::function<void()>& work) {
    if (failed_) return Result::failed;
    try {
        Transaction transaction(*database_);
        work();
        transaction.commit();
        return Result::durable;
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::full) return Result::full;
        service_logger("raft")->error("{}", error.what());
        failed_ = true;
        return Result::failed;
    }
}

RaftStorage::Result SqliteRaftStorage::save(const PersistBatch& batch) {
    return run([&] { write(batch); });
}

void SqliteRaftStorage::write(const PersistBatch& batch) {
    if (batch.hard_state) {
        Statement update(*database_, "UPDATE state SET term = ?, vote = ?");
        update.bind(1, batch.hard_state->term).bind(2, batch.hard_state->vote).run();
    }
    for (const auto& chunk : batch.chunks) {
        staged_.resize(chunk.offset);
        staged_ += chunk.data;
    }
    if (batch.install) {
        database_->execute("DELETE FROM entries; DELETE FROM snapshots");
        put_snapshot(*batch.install, staged_);
        staged_.clear();
        last_index_ = batch.install->last.index;
    }
    if (batch.entries.empty()) return;
    if (batch.entries.front().index <= last_index_) {
        Statement drop(*database_, "DELETE FROM entries WHERE idx >= ?");
        drop.bind(1, batch.entries.front().index).run();
    }
    for (const auto& entry : batch.entries) {
        WireWriter record;
        encode_entry(record, entry);
        insert_->bind(1, entry.index).bind_blob(2, record.bytes()).run();
    }
    last_index_ = batch.entries.back().index;
}

void SqliteRaftStorage::put_snapshot(const SnapshotMeta& meta, std::string_view data) {
    WireWriter encoded;
    encode_snapshot_meta(encoded, meta);
    Statement insert(*database_, "INSERT OR REPLACE INTO snapshots VALUES(?, ?, ?)");
    insert.bind(1, meta.last.index).bind_blob(2, encoded.bytes()).bind_blob(3, data).run();
}

RaftStorage::Result SqliteRaftStorage::save_snapshot(const SnapshotMeta& meta, std::string data) {
    return run([&] { put_snapshot(meta, data); });
}

std::string SqliteRaftStorage::read_snapshot(Index last_index, std::uint64_t offset,
                                             std::uint64_t bytes) {
    Statement row(*database_, "SELECT substr(data, ?, ?) FROM snapshots WHERE idx = ?");
    row.bind(1, offset + 1).bind(2, bytes).bind(3, last_index);
    return row.step() ? std::string(row.column_bytes(0)) : "";
}

void SqliteRaftStorage::drop_snapshots_before(Index last_index) {
    Statement drop(*database_, "DELETE FROM snapshots WHERE idx < ?");
    drop.bind(1, last_index).run();
}

void SqliteRaftStorage::read_entries(const std::string& path, Index first, Index last,
                                     const Visit& visit) {
    Database database(path, Database::Mode::read_only);
    Statement rows(database, "SELECT record FROM entries WHERE idx BETWEEN ? AND ? ORDER BY idx");
    rows.bind(1, first).bind(2, last);
    while (rows.step()) {
        WireReader in(rows.column_bytes(0));
        visit(decode_entry(in));
    }
}

std::optional<std::pair<SnapshotMeta, std::string>> SqliteRaftStorage::read_newest_snapshot(
    const std::string& path) {
    Database database(path, Database::Mode::read_only);
    Statement row(database, "SELECT meta, data FROM snapshots ORDER BY idx DESC LIMIT 1");
    if (!row.step()) return std::nullopt;
    WireReader in(row.column_bytes(0));
    auto meta = decode_snapshot_meta(in);
    return std::pair{std::move(meta), std::string(row.column_bytes(1))};
}

}  // namespace gavel::raft
