#include "consensus/raft/driver/sqlite_raft_storage.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/raft/storage_batches.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/support/temporary_directory.h"

namespace gavel::raft {
namespace {

using Result = RaftStorage::Result;

const Membership three = Membership::of_voters({1, 2, 3});
const std::string nul_payload("a\0b", 3);

SqliteRaftStorage::Options at(const std::string& path, const std::string& vfs = "") {
    SqliteRaftStorage::Options options;
    options.path = path;
    options.initial = three;
    options.vfs = vfs;
    options.wal_pages = 10;
    options.overdue_wal_pages = 20;
    return options;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string name_of(Result result) {
    switch (result) {
        case Result::durable: return "durable";
        case Result::full: return "full";
        case Result::failed: return "failed";
    }
    return "?";
}

// A storage that is closed and opened again at will.
struct Server {
    testing::TemporaryDirectory directory;
    std::string path = directory.file("raft.db");
    std::unique_ptr<SqliteRaftStorage> storage = std::make_unique<SqliteRaftStorage>(at(path));

    SqliteRaftStorage* operator->() const { return storage.get(); }
    Restored restart() {
        storage.reset();
        storage = std::make_unique<SqliteRaftStorage>(at(path));
        return storage->load();
    }
    void save(const PersistBatch& batch) const {
        REQUIRE(name_of(storage->save(batch)) == "durable");
    }
    // Term 2, entries 1 to `last`.
    void fill(Index last) const {
        auto batch = batch_of(HardState{2, 3});
        for (Index i = 1; i <= last; ++i) {
            batch.entries.push_back(entry(i, 2, "payload " + std::to_string(i)));
        }
        save(batch);
    }
    std::vector<Entry> read(Index first, Index last) const {
        std::vector<Entry> entries;
        SqliteRaftStorage::read_entries(path, first, last,
                                        [&](const Entry& read) { entries.push_back(read); });
        return entries;
    }
    // Takes, at `last`, a snapshot of `data`.
    SnapshotMeta snapshot(LogPosition last, const std::string& data) const {
        auto meta = meta_of(last, data);
        REQUIRE(name_of(storage->save_snapshot(meta, data)) == "durable");
        return meta;
    }
};

// ---- what is saved is there --------------------------------------------------------------------

TEST_CASE("a new server is in term 0, has voted for nobody and knows the initial membership") {
    Server server;
    for (int i = 0; i < 2; ++i) {
        const auto restored = i == 0 ? server->load() : server.restart();
        CHECK(restored.hard_state == HardState{});
        CHECK(restored.snapshot.last == LogPosition{});
        CHECK(restored.snapshot.membership == three);
        CHECK(restored.entries.empty());
        CHECK(server->first_stored_index() == 1);
        CHECK(server->last_stored_index() == 0);
    }
}

TEST_CASE("the initial membership is that of the first start, whatever a later one is given") {
    Server server;
    server.storage.reset();
    auto options = at(server.path);
    options.initial = Membership::of_voters({7});
    CHECK(SqliteRaftStorage(options).load().snapshot.membership == three);
}

TEST_CASE("a vote survives, with its term") {
    Server server;
    server.save(batch_of(HardState{5, 2}));
    CHECK(server.restart().hard_state == HardState{5, 2});
    server.save(batch_of(HardState{6, no_node}));
    CHECK(server.restart().hard_state == HardState{6, no_node});
    server.save(batch_of(std::vector{entry(1, 6, "x")}));  // which says nothing of them
    CHECK(server.restart().hard_state == HardState{6, no_node});
}

TEST_CASE("entries of every kind come back as they were") {
    Server server;
    const std::vector<Entry> entries = {
        {1, 1, EntryKind::no_op, Payload()},
        {2, 1, EntryKind::membership, Payload(three.encode())},
        {3, 2, EntryKind::command, Payload(nul_payload)},
        {4, 2, EntryKind::command, Payload(std::string(3'000'000, 'x'))},
        {5, 9, EntryKind::command, Payload()},
    };
    server.save(batch_of({9, 1}, {entries[0], entries[1]}));
    server.save(batch_of(std::vector{entries[2], entries[3]}));
    server.save(batch_of(std::vector{entries[4]}));
    CHECK(server.restart().entries == entries);
    CHECK(server->last_stored_index() == 5);
}

TEST_CASE("entries that conflict take the place of the stored ones and of all after them") {
    Server server;
    server.fill(5);
    const auto other = entry(3, 4, "other");
    server.save(batch_of({4, 1}, {other}));
    CHECK(server->last_stored_index() == 3);
    const auto next = entry(4, 4, "next");
    server.save(batch_of(std::vector{next}));
    const auto restored = server.restart();
    REQUIRE(restored.entries.size() == 4);
    CHECK(restored.entries[1] == entry(2, 2, "payload 2"));
    CHECK(restored.entries[2] == other);
    CHECK(restored.entries[3] == next);

    const std::vector<Entry> all = {entry(1, 5, "a"), entry(2, 5, "b")};  // from the first on
    server.save(batch_of({5, 1}, all));
    CHECK(server.restart().entries == all);
}

TEST_CASE("a batch with nothing in it is durable") {
    Server server;
    CHECK(server->save({}) == Result::durable);
    CHECK(server.restart().hard_state == HardState{});
}

// ---- snapshots ---------------------------------------------------------------------------------

TEST_CASE("after an own snapshot only what follows it is loaded, and all entries stay stored") {
    Server server;
    server.fill(10);
    const auto meta = server.snapshot({7, 2}, std::string(700'000, 's'));
    for (int i = 0; i < 2; ++i) {
        const auto restored = i == 0 ? server->load() : server.restart();
        CHECK(restored.snapshot == meta);
        REQUIRE(restored.entries.size() == 3);
        CHECK(restored.entries.front().index == 8);
        CHECK(server->first_stored_index() == 1);
        CHECK(server.read(1, 10).size() == 10);
    }
    server.save(batch_of(std::vector{entry(11, 2, "more")}));
    server.save(batch_of({3, 1}, {entry(8, 3, "conflict")}));  // as far back as the snapshot
    const auto restored = server.restart();
    REQUIRE(restored.entries.size() == 1);
    CHECK(restored.entries[0] == entry(8, 3, "conflict"));
}

TEST_CASE("a snapshot is read in pieces, from anywhere, to its end") {
    Server server;
    server.fill(3);
    std::string data;
    for (int i = 0; data.size() < 900'000; ++i) data += std::to_string(i) + " ";
    server.snapshot({2, 2}, data);
    server.snapshot({3, 2}, "");
    const std::uint64_t offsets[] = {0, 1, 262'143, 262'144, 262'145, 600'000, data.size() - 1};
    for (const auto offset : offsets) {
        for (const std::uint64_t bytes :
             {0ULL, 1ULL, 100ULL, 262'144ULL, 300'000ULL, 2'000'000ULL}) {
            CAPTURE(offset);
            CAPTURE(bytes);
            CHECK((server->read_snapshot(2, offset, bytes) == data.substr(offset, bytes)));
        }
    }
    CHECK(server->read_snapshot(2, data.size(), 10) == "");
    CHECK(server->read_snapshot(2, data.size() + 1'000'000, 10) == "");
    CHECK(server->read_snapshot(3, 0, 10) == "");
    CHECK(server->read_snapshot(1, 0, 10) == "");  // there is none
    CHECK(server.restart().snapshot.size_bytes == 0);
}

TEST_CASE("snapshots are kept while they are in use, and the newest always") {
    Server server;
    server.fill(10);
    server.snapshot({3, 2}, "three");
    server.snapshot({6, 2}, "six");
    server.snapshot({9, 2}, "nine");
    server->drop_snapshots_before(6);
    CHECK(server->read_snapshot(3, 0, 10) == "");
    CHECK(server->read_snapshot(6, 0, 10) == "six");
    server.restart();
    server->drop_snapshots_before(100);
    CHECK(server->read_snapshot(6, 0, 10) == "");
    CHECK(server->read_snapshot(9, 0, 10) == "nine");
    CHECK(server.restart().snapshot.last.index == 9);
    Database database(server.path);
    CHECK(database.query_text("SELECT count(*) FROM snapshot_bytes") == "1");
}

TEST_CASE("a snapshot that is not newer than the stored one changes nothing") {
    Server server;
    server.fill(10);
    const auto meta = server.snapshot({6, 2}, "six");
    server.snapshot({6, 2}, "SIX!");
    server.snapshot({5, 2}, "five");
    CHECK(server->read_snapshot(5, 0, 10) == "");
    CHECK(server->read_snapshot(6, 0, 10) == "six");
    CHECK(server.restart().snapshot == meta);
}

TEST_CASE("staged chunks survive in order, and become the snapshot in the place of the log") {
    Server server;
    server.fill(5);
    const auto own = server.snapshot({4, 2}, "own");
    const std::string data = std::string(300'000, 'a') + std::string(5, 'b') + nul_payload;
    server.save(batch_of(SnapshotChunk{0, data.substr(0, 300'000)}));
    auto restored = server.restart();  // staged only: nothing else has changed
    CHECK(restored.snapshot == own);
    CHECK(restored.entries.size() == 1);
    server.save(batch_of(SnapshotChunk{300'000, data.substr(300'000, 5)}));

    const auto meta = meta_of({100, 7}, data);
    auto batch = install_of(meta, {entry(101, 7, "after")});
    batch.hard_state = HardState{7, no_node};
    batch.chunks.push_back({300'005, nul_payload});
    server.save(batch);
    for (int i = 0; i < 2; ++i) {
        restored = i == 0 ? server->load() : server.restart();
        CHECK(restored.snapshot == meta);
        REQUIRE(restored.entries.size() == 1);
        CHECK(restored.entries[0] == entry(101, 7, "after"));
        CHECK(restored.hard_state.term == 7);
        CHECK((server->read_snapshot(100, 0, 1'000'000) == data));
        CHECK(server->read_snapshot(4, 0, 10) == "own");  // until it is dropped
        CHECK(server->first_stored_index() == 101);
        CHECK(server->last_stored_index() == 101);
    }
    server.save(batch_of({8, 1}, {entry(102, 8, "x")}));
    CHECK(server.restart().entries.size() == 2);
}

TEST_CASE("a chunk at offset 0 throws away what was staged before") {
    Server server;
    server.save(batch_of(SnapshotChunk{0, "of another leader"}));
    server.save(batch_of(SnapshotChunk{17, ", cut off"}));
    auto batch = install_of(meta_of({9, 1}, "whole"));
    batch.hard_state = HardState{1, 0};
    batch.chunks = {{0, "who"}, {3, "le"}};
    server.save(batch);
    CHECK(server.restart().snapshot.last.index == 9);
    CHECK(server->read_snapshot(9, 0, 100) == "whole");
    Database database(server.path);
    CHECK(database.query_text("SELECT count(*) FROM snapshot_bytes") == "2");
}

TEST_CASE("an own snapshot does not disturb one that is being received") {
    Server server;
    server.fill(5);
    server.save(batch_of(SnapshotChunk{0, "recei"}));
    server.snapshot({4, 2}, "own");
    server.restart();
    auto batch = install_of(meta_of({9, 2}, "received"));
    batch.chunks.push_back({5, "ved"});
    server.save(batch);
    server.restart();
    CHECK(server->read_snapshot(9, 0, 100) == "received");
    CHECK(server->read_snapshot(4, 0, 100) == "own");
}

TEST_CASE("staged bytes that are not those of the snapshot are never installed") {
    Server server;
    server.fill(2);
    server.save(batch_of(SnapshotChunk{0, "whole"}));
    CHECK(server->save(install_of(meta_of({9, 2}, "other"))) == Result::failed);
    CHECK(contains(server->reason(), "checksum of the snapshot at entry 9"));
    CHECK(server.restart().entries.size() == 2);
}

// ---- damage ------------------------------------------------------------------------------------

std::string damage_found(const std::string& path) {
    try {
        SqliteRaftStorage storage(at(path));
        storage.load();
        storage.identity("node");
    } catch (const StorageDamaged& error) {
        return error.what();
    }
    return "";
}

// Entries 1 to 10, a snapshot at 4, a name; or, installed, a snapshot at 100, entries 101 and 102.
struct Closed {
    testing::TemporaryDirectory directory;
    std::string path = directory.file("raft.db");

    explicit Closed(bool installed) {
        SqliteRaftStorage storage(at(path));
        storage.set_identity("node", "7");
        auto batch = batch_of(
            {2, 3}, {entry(1, 1, "one"), {2, 1, EntryKind::membership, Payload(three.encode())}});
        for (Index i = 3; i <= 10; ++i) batch.entries.push_back(entry(i, 2, "same"));
        storage.save(batch);
        const std::string data(600'000, 's');
        if (installed) {
            storage.save(batch_of(SnapshotChunk{0, data}));
            storage.save(install_of(meta_of({100, 2}, data),
                                    {entry(101, 2, "same"), entry(102, 2, "same")}));
        } else {
            storage.save_snapshot(meta_of({4, 2}, data), data);
        }
    }
    void alter(const std::string& sql) const {
        Database database(path);
        database.execute(sql);
    }
    // Turns one bit of a blob over.
    void flip(const std::string& table, const std::string& column, const std::string& where,
              std::size_t position) const {
        Database database(path);
        const auto from = " FROM " + table + " WHERE " + where;
        auto blob = database.query_text("SELECT " + column + from);
        REQUIRE(!blob.empty());
        blob[position % blob.size()] ^= 0x10;
        Statement update(database, "UPDATE " + table + " SET " + column + " = ? WHERE " + where);
        update.bind_blob(1, blob).run();
    }
};

TEST_CASE("one bit turned over in what is loaded is noticed, named, and told what to do about") {
    struct Row {
        const char* table;
        const char* column;
        const char* where;
        const char* found;
    };
    const Row rows[] = {
        {"meta", "value", "name = 'hard_state'", "\"hard_state\""},
        {"meta", "value", "name = 'log_start'", "\"log_start\""},
        {"meta", "value", "name = 'identity.node'", "\"identity.node\""},
        {"entries", "payload", "idx = 5", "entry 5 does not match"},
        {"entries", "payload", "idx = 10", "entry 10 does not match"},
        {"snapshots", "meta", "last_index = 4", "the snapshot at entry 4"},
        {"snapshot_bytes", "data", "first_byte = 0", "the snapshot at entry 4"},
        {"snapshot_bytes", "data", "first_byte > 262144", "the snapshot at entry 4"},
    };
    for (const auto& row : rows) {
        for (const std::size_t position : {0, 3, 9, 15}) {
            CAPTURE(row.table);
            CAPTURE(row.where);
            CAPTURE(position);
            Closed closed(false);
            CHECK(damage_found(closed.path) == "");
            closed.flip(row.table, row.column, row.where, position);
            const auto reason = damage_found(closed.path);
            CHECK(contains(reason, closed.path));
            CHECK(contains(reason, row.found));
            CHECK(contains(reason, "wiped and join again under a new id"));
        }
    }
}

TEST_CASE("whatever is altered, lost or swapped is noticed") {
    struct Row {
        bool installed;
        const char* sql;
        const char* found;
    };
    const Row rows[] = {
        {false, "UPDATE entries SET term = 1 WHERE idx = 6", "entry 6 does not match"},
        {false, "UPDATE entries SET kind = 1 WHERE idx = 6", "entry 6 does not match"},
        {false, "UPDATE entries SET kind = 256 WHERE idx = 6", "entry 6 does not match"},
        {false, "UPDATE entries SET crc = crc + 1 WHERE idx = 10", "entry 10 does not match"},
        {false, "UPDATE entries SET payload = payload || 'x' WHERE idx = 6",
         "entry 6 does not match"},
        {false, "DELETE FROM entries WHERE idx = 5", "entry 5 is missing"},
        {false, "DELETE FROM entries WHERE idx = 7", "entry 7 is missing"},
        {false, "DELETE FROM entries WHERE idx = 4", "entry 4 is missing"},
        {false, "DELETE FROM entries WHERE idx >= 4", "entry 4 is missing"},
        {false, "DELETE FROM entries", "entry 4 is missing"},
        // The same bytes in the same term, but in another place.
        {false,
         "UPDATE entries SET idx = -1 WHERE idx = 6; UPDATE entries SET idx = 6 WHERE idx = 7;"
         "UPDATE entries SET idx = 7 WHERE idx = -1",
         "entry 6 does not match"},
        {false, "DELETE FROM snapshot_bytes WHERE first_byte = 262144", "are missing"},
        {false, "DELETE FROM snapshot_bytes", "are missing"},
        {false, "UPDATE snapshots SET last_index = 5", "the snapshot at entry 5"},
        {false, "DELETE FROM meta WHERE name = 'hard_state'", "\"hard_state\" is missing"},
        {false, "DELETE FROM meta WHERE name = 'log_start'", "\"log_start\" is missing"},
        {false, "DELETE FROM snapshots; DELETE FROM meta WHERE name = 'initial_membership'",
         "\"initial_membership\" is missing"},
        {false,
         "UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'log_start'),"
         " crc = (SELECT crc FROM meta WHERE name = 'log_start') WHERE name = 'hard_state'",
         "\"hard_state\" is wrong"},
        {true, "DELETE FROM snapshots", "the snapshot at entry 100, after which the log begins"},
        {true, "DELETE FROM entries WHERE idx = 101", "entry 101 is missing"},
        {true, "UPDATE entries SET term = 3 WHERE idx = 101", "entry 101 does not match"},
        {true, "DELETE FROM snapshot_bytes WHERE first_byte = 0", "are missing"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sql);
        Closed closed(row.installed);
        CHECK(damage_found(closed.path) == "");
        closed.alter(row.sql);
        const auto reason = damage_found(closed.path);
        CHECK(contains(reason, closed.path));
        CHECK(contains(reason, row.found));
        CHECK(contains(reason, "wiped and join again under a new id"));
    }
}

TEST_CASE("a term and vote from before the last entries are noticed") {
    Closed closed(false);
    Database database(closed.path);
    const auto old = database.query_text("SELECT hex(value) FROM meta WHERE name = 'hard_state'");
    const auto crc = database.query_text("SELECT crc FROM meta WHERE name = 'hard_state'");
    {
        SqliteRaftStorage storage(at(closed.path));
        storage.load();
        REQUIRE(storage.save(batch_of({3, 1}, {entry(11, 3, "x")})) == Result::durable);
    }
    database.execute("UPDATE meta SET value = x'" + old + "', crc = " + crc +
                     " WHERE name = 'hard_state'");
    CHECK(contains(damage_found(closed.path), "the stored term is older than the log"));
}

TEST_CASE("a file that cannot be used is refused with its name, the reason and what to do") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("raft.db");
    const auto reason = [&]() -> std::string {
        try {
            SqliteRaftStorage storage(at(path));
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    };
    SUBCASE("it is no database") {
        directory.write("raft.db", std::string(5'000, 'x'));
        CHECK(contains(reason(), "not a database"));
        CHECK(contains(reason(), "wiped and join again"));
    }
    SUBCASE("it is another database, which stays as it was") {
        {
            Database other(path);
            other.execute("CREATE TABLE theirs(x)");
        }
        CHECK(contains(reason(), "not the storage of a Raft server"));
        Database other(path);
        CHECK(other.query_text("PRAGMA journal_mode") == "delete");
    }
    SUBCASE("it has another layout") {
        { const SqliteRaftStorage storage(at(path)); }
        {
            Database database(path);
            database.execute("PRAGMA user_version = 2");
        }
        CHECK(contains(reason(), "another file layout"));
    }
    SUBCASE("another process has it") {
        const SqliteRaftStorage storage(at(path));
        CHECK(contains(reason(), "another process is using this data"));
    }
    CHECK(contains(reason(), path) != reason().empty());
}

// ---- failures ----------------------------------------------------------------------------------

TEST_CASE("a full disk changes nothing, and takes the same batch when there is room") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("raft-full-disk");
    const auto path = directory.file("raft.db");
    auto batch = batch_of({2, 1}, {entry(1, 2, std::string(100'000, 'x'))});
    batch.chunks.push_back({0, "staged"});
    const std::string data(500'000, 's');
    {
        SqliteRaftStorage storage(at(path, disk.name()));
        REQUIRE(storage.save(batch_of(HardState{1, 3})) == Result::durable);
        for (int i = 0; i < 3; ++i) {
            disk.set_full(true);
            CHECK(storage.save(batch) == Result::full);
            CHECK(!storage.reason().empty());
            CHECK(storage.last_stored_index() == 0);
            CHECK_THROWS_AS(storage.set_identity("node", "1"), StorageError);
            const auto restored = storage.load();
            CHECK(restored.hard_state == HardState{1, 3});
            CHECK(restored.entries.empty());
        }
        disk.set_full(false);
        CHECK(storage.save(batch) == Result::durable);
        const auto own = meta_of({1, 2}, data);
        disk.set_full(true);
        CHECK(storage.save_snapshot(own, data) == Result::full);
        CHECK(storage.load().snapshot.last.index == 0);
        disk.set_full(false);
        CHECK(storage.save_snapshot(own, data) == Result::durable);
        disk.set_full(true);
        CHECK(storage.save(install_of(meta_of({9, 2}, "staged"))) == Result::full);
        CHECK(storage.load().snapshot == own);
        disk.set_full(false);
        CHECK(storage.save(install_of(meta_of({9, 2}, "staged"))) == Result::durable);
        disk.set_full(true);
        storage.drop_snapshots_before(9);
        CHECK((storage.read_snapshot(1, 0, 1'000'000) == data));
        disk.set_full(false);
        storage.drop_snapshots_before(9);
        CHECK(storage.read_snapshot(1, 0, 1'000'000) == "");
    }
    SqliteRaftStorage storage(at(path));
    const auto restored = storage.load();
    CHECK(restored.hard_state == HardState{2, 1});
    CHECK(restored.snapshot.last == LogPosition{9, 2});
}

TEST_CASE("a disk with no room for the merge goes on saving as long as it can") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("raft-full-merge");
    SqliteRaftStorage storage(at(directory.file("raft.db"), disk.name()));
    REQUIRE(storage.save(batch_of(HardState{1, 1})) == Result::durable);
    for (Index i = 1; i <= 12; ++i) {
        REQUIRE(storage.save(batch_of(std::vector{entry(i, 1, "x")})) == Result::durable);
    }
    disk.set_full(true);
    CHECK(storage.merge_when_due() == Result::durable);
    disk.set_full(false);
    CHECK(storage.save(batch_of(std::vector{entry(13, 1, "x")})) == Result::durable);
    CHECK(storage.load().entries.size() == 13);
}

TEST_CASE("after a failed fsync every save fails for ever, though the next fsync would succeed") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("raft-failing-sync");
    SqliteRaftStorage storage(at(directory.file("raft.db"), disk.name()));
    REQUIRE(storage.save(batch_of({1, 1}, {entry(1, 1, "one")})) == Result::durable);
    SUBCASE("of a batch") {
        disk.set_failing_sync(EIO);
        CHECK(storage.save(batch_of(std::vector{entry(2, 1, "two")})) == Result::failed);
    }
    SUBCASE("of a batch, for want of room: still not one to be tried again") {
        disk.set_failing_sync(ENOSPC);
        CHECK(storage.save(batch_of(std::vector{entry(2, 1, "two")})) == Result::failed);
    }
    SUBCASE("of a snapshot") {
        disk.set_failing_sync(EIO);
        CHECK(storage.save_snapshot(meta_of({1, 1}, "s"), "s") == Result::failed);
    }
    SUBCASE("of a snapshot that is dropped") {
        REQUIRE(storage.save_snapshot(meta_of({1, 1}, "s"), "s") == Result::durable);
        REQUIRE(storage.save(batch_of(std::vector{entry(2, 1, "two")})) == Result::durable);
        REQUIRE(storage.save_snapshot(meta_of({2, 1}, "t"), "t") == Result::durable);
        disk.set_failing_sync(EIO);
        storage.drop_snapshots_before(2);
    }
    SUBCASE("of the identity") {
        disk.set_failing_sync(EIO);
        CHECK_THROWS_AS(storage.set_identity("node", "1"), StorageError);
    }
    SUBCASE("of a merge, which SQLite would keep to itself") {
        for (Index i = 2; i <= 12; ++i) {
            REQUIRE(storage.save(batch_of(std::vector{entry(i, 1, "x")})) == Result::durable);
        }
        disk.set_failing_sync(EIO);
        CHECK(storage.merge_when_due() == Result::failed);
    }
    disk.set_failing_sync(0);
    for (int i = 0; i < 2; ++i) {
        CHECK(storage.save(batch_of(HardState{9, 1})) == Result::failed);
        CHECK(storage.save_snapshot(meta_of({1, 1}, "s"), "s") == Result::failed);
        CHECK(storage.merge_when_due() == Result::failed);
        CHECK(!storage.reason().empty());
    }
    CHECK(storage.load().hard_state == HardState{1, 1});
}

// ---- the write-ahead log -----------------------------------------------------------------------

TEST_CASE("the write-ahead log has its length from the beginning, and keeps it") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("raft.db");
    auto options = at(path);
    options.synchronous = "OFF";  // it is about lengths
    options.wal_pages = 100;
    options.overdue_wal_pages = 200;
    Index last = 0;
    for (int i = 0; i < 2; ++i) {
        SqliteRaftStorage storage(options);
        storage.load();
        const auto length = std::filesystem::file_size(path + "-wal");
        CHECK(length > 200 * 4'096);
        CHECK(std::filesystem::file_size(path) < 200'000);
        for (int j = 0; j < 1'000; ++j) {
            REQUIRE(storage.save(batch_of({1, 1}, {entry(++last, 1, "x")})) == Result::durable);
            if (i == 0) storage.merge_when_due();
        }
        CHECK(std::filesystem::file_size(path + "-wal") <= length + 5 * 4'120);
    }
}

TEST_CASE("a long write-ahead log is cut again") {
    Server server;
    server.fill(1);
    server.snapshot({1, 2}, std::string(2 * limits::raft_wal_bytes, 's'));
    CHECK(std::filesystem::file_size(server.path + "-wal") > 2 * limits::raft_wal_bytes);
    CHECK(server->merge_when_due() == Result::durable);
    server.save(batch_of(std::vector{entry(2, 2, "x")}));
    CHECK(std::filesystem::file_size(server.path + "-wal") == limits::raft_wal_bytes);
}

TEST_CASE(
    "what a stopped process left in the write-ahead log is in the database after an opening") {
    Server server;
    server.fill(5);
    // As it is while the storage is open: the process stops now.
    const testing::TemporaryDirectory copy;
    std::filesystem::copy_file(server.path, copy.file("raft.db"));
    std::filesystem::copy_file(server.path + "-wal", copy.file("raft.db-wal"));
    const SqliteRaftStorage storage(at(copy.file("raft.db")));
    std::filesystem::copy_file(copy.file("raft.db"), copy.file("alone.db"));
    CHECK(SqliteRaftStorage(at(copy.file("alone.db"))).load().entries.size() == 5);
}

TEST_CASE("a reader that stays puts merges off, and an opening refuses to go without one") {
    Server server;
    server.fill(5);
    {
        Database reader(server.path, Database::Mode::read_only);
        reader.execute("BEGIN");
        CHECK(reader.query_text("SELECT count(*) FROM entries") == "5");
        for (Index i = 6; i <= 60; ++i) {
            server.save(batch_of(std::vector{entry(i, 2, "x")}));
            CHECK(server->merge_when_due() == Result::durable);
        }
        CHECK(reader.query_text("SELECT count(*) FROM entries") == "5");
        server.storage.reset();
        CHECK_THROWS_AS(SqliteRaftStorage{at(server.path)}, StorageError);
    }
    CHECK(server.restart().entries.size() == 60);
}

// ---- identity ----------------------------------------------------------------------------------

TEST_CASE("an identity is durable text by key") {
    Server server;
    CHECK(server->identity("disk") == "");
    server->set_identity("disk", "a1b2");
    server->set_identity("node", "4");
    server->set_identity("node", "5");
    server->set_identity("hard_state", "nobody's business");
    CHECK(server.restart().hard_state == HardState{});
    CHECK(server->identity("disk") == "a1b2");
    CHECK(server->identity("node") == "5");
}

// ---- reading beside it -------------------------------------------------------------------------

TEST_CASE("entries are read beside the storage, and without it") {
    Server server;
    server.fill(2'500);  // more than a page
    CHECK(server.read(1, 2'500).size() == 2'500);
    const auto some = server.read(990, 1'010);
    REQUIRE(some.size() == 21);
    CHECK(some.front() == entry(990, 2, "payload 990"));
    CHECK(some.back() == entry(1'010, 2, "payload 1010"));
    CHECK(server.read(5, 4).empty());
    CHECK_THROWS_AS(server.read(2'499, 2'501), StorageDamaged);
    CHECK_THROWS_AS(server.read(0, 5), EntriesGone);
    CHECK(SqliteRaftStorage::stored_entries(server.path) == std::pair<Index, Index>{1, 2'500});

    server.storage.reset();
    CHECK(server.read(1, 2'500).size() == 2'500);
    CHECK(SqliteRaftStorage::stored_entries(server.path) == std::pair<Index, Index>{1, 2'500});
}

// As nodes open it: SQLite's locks are then in the memory that a reader of this process shares.
TEST_CASE("entries are read beside a storage that one process has for itself") {
    Server server;
    server.storage.reset();
    server.storage = std::make_unique<SqliteRaftStorage>(at(server.path, "unix-excl"));
    server.fill(1'500);
    CHECK(server.read(1, 1'500).size() == 1'500);
    Index read = 0;
    const auto save_in_the_middle = [&](const Entry& entry_read) {
        read = entry_read.index;
        if (read != 10) return;
        server.save(batch_of({entry(1'501, 2, "while a reader is there")}));
    };
    SqliteRaftStorage::read_entries(server.path, 1, 1'500, save_in_the_middle);
    CHECK(read == 1'500);
    CHECK(server.read(1'501, 1'501).front() == entry(1'501, 2, "while a reader is there"));

    server.storage.reset();
    CHECK(server.read(1, 1'501).size() == 1'501);
    CHECK(server.restart().entries.size() == 1'501);
}

TEST_CASE("a reader notices damage in the audit trail, which no longer concerns the server") {
    Closed closed(false);
    closed.flip("entries", "payload", "idx = 1", 0);
    CHECK(damage_found(closed.path) == "");
    const auto ignore = [](const Entry&) {};
    CHECK_THROWS_AS(SqliteRaftStorage::read_entries(closed.path, 1, 10, ignore), StorageDamaged);
}

TEST_CASE("entries that a snapshot has replaced are gone, also when it comes amid the reading") {
    Server server;
    server.fill(2'500);
    Index read = 0;
    const auto install_in_the_middle = [&](const Entry& entry_read) {
        read = entry_read.index;
        if (read != 10) return;
        auto batch = install_of(meta_of({3'000, 2}, "data"));
        batch.chunks.push_back({0, "data"});
        server.save(batch);
    };
    CHECK_THROWS_AS(SqliteRaftStorage::read_entries(server.path, 1, 2'500, install_in_the_middle),
                    EntriesGone);
    CHECK(read == 1'000);  // a page was read as one
    CHECK_THROWS_AS(server.read(1, 5), EntriesGone);
    CHECK(SqliteRaftStorage::stored_entries(server.path) == std::pair<Index, Index>{3'001, 3'000});
}

TEST_CASE("the newest snapshot is read beside the storage, and checked") {
    Server server;
    CHECK(!SqliteRaftStorage::read_newest_snapshot(server.path));
    server.fill(10);
    const std::string data(600'000, 's');
    server.snapshot({3, 2}, "old");
    const auto meta = server.snapshot({5, 2}, data);
    const auto read = SqliteRaftStorage::read_newest_snapshot(server.path);
    REQUIRE(read);
    CHECK(read->first == meta);
    CHECK((read->second == data));

    Closed closed(false);
    closed.flip("snapshot_bytes", "data", "first_byte = 0", 0);
    CHECK_THROWS_AS(SqliteRaftStorage::read_newest_snapshot(closed.path), StorageDamaged);
}

TEST_CASE("a reader refuses what is no storage of a Raft server") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("other.db");
    const auto ignore = [](const Entry&) {};
    CHECK_THROWS_AS(SqliteRaftStorage::read_entries(path, 1, 1, ignore), StorageError);
    {
        Database other(path);
        other.execute("CREATE TABLE theirs(x)");
    }
    CHECK_THROWS_AS(SqliteRaftStorage::read_entries(path, 1, 1, ignore), StorageDamaged);
}

}  // namespace
}  // namespace gavel::raft
