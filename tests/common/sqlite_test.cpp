#include "common/storage/sqlite.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <fstream>
#include <limits>
#include <optional>

#include "tests/support/power_loss_vfs.h"
#include "tests/support/temporary_directory.h"

namespace gavel {
namespace {

using testing::TemporaryDirectory;

template <class Action>
std::optional<StorageError> error_of(Action action) {
    try {
        action();
    } catch (const StorageError& error) {
        return error;
    }
    return std::nullopt;
}

std::int64_t count_rows(Database& database) {
    Statement count(database, "SELECT count(*) FROM t");
    count.step();
    return count.column_int(0);
}

TEST_CASE("what was written is there when the file is opened again") {
    const TemporaryDirectory directory;
    const auto path = directory.file("a.db");
    {
        Database database(path);
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        Statement insert(database, "INSERT INTO t (v) VALUES (?1)");
        insert.bind_text(1, "one").run();
        insert.bind_text(1, "two").run();
        CHECK(database.last_insert_rowid() == 2);
        CHECK(database.path() == path);
    }
    Database database(path, Database::Mode::read_only);
    CHECK(database.query_text("SELECT group_concat(v) FROM t") == "one,two");
    const auto error = error_of([&] { database.execute("DELETE FROM t"); });
    REQUIRE(error);
    CHECK(error->kind() == StorageError::Kind::other);
    CHECK(count_rows(database) == 2);
}

TEST_CASE("every kind of value comes back as it was bound") {
    Database database(":memory:");
    database.execute("CREATE TABLE t (i INTEGER, u INTEGER, s TEXT, b BLOB, n TEXT)");
    const std::string bytes("\0\xff\x01", 3);
    const std::string text("a\0'; DROP TABLE t; --\xc3\xa9", 23);
    Statement insert(database, "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, std::numeric_limits<std::int64_t>::min())
        .bind(2, std::uint64_t{1} << 62)
        .bind_text(3, text)
        .bind_blob(4, bytes)
        .bind_null(5)
        .run();
    Statement select(database, "SELECT * FROM t");
    REQUIRE(select.step());
    CHECK(select.column_int(0) == std::numeric_limits<std::int64_t>::min());
    CHECK(select.column_int(1) == std::int64_t{1} << 62);
    CHECK(select.column_bytes(2) == text);
    CHECK(select.column_bytes(3) == bytes);
    CHECK(select.column_is_null(4));
    CHECK(select.column_bytes(4) == "");
    CHECK_FALSE(select.step());
}

TEST_CASE("empty text and an empty blob are not NULL, wherever their view points") {
    Database database(":memory:");
    database.execute("CREATE TABLE t (a TEXT NOT NULL, b BLOB NOT NULL)");
    Statement insert(database, "INSERT INTO t VALUES (?1, ?2)");
    const std::string empty;
    insert.bind_text(1, empty).bind_blob(2, empty).run();
    insert.bind_text(1, std::string_view()).bind_blob(2, std::string_view()).run();
    Statement select(database, "SELECT a, b FROM t WHERE a = '' AND b = x''");
    for (int row = 0; row < 2; ++row) {
        REQUIRE(select.step());
        CHECK_FALSE(select.column_is_null(0));
        CHECK_FALSE(select.column_is_null(1));
        CHECK(select.column_bytes(0).empty());
    }
    CHECK_FALSE(select.step());
}

TEST_CASE("query_text gives the first column of the first row, or nothing") {
    Database database(":memory:");
    CHECK(database.query_text("SELECT 'a', 'b' UNION ALL SELECT 'c', 'd'") == "a");
    CHECK(database.query_text("SELECT 1 WHERE 0") == "");
    CHECK(database.query_text("SELECT NULL") == "");
    CHECK(database.query_text("PRAGMA user_version") == "0");
}

TEST_CASE("a statement is stepped, reset and used again, after an error too") {
    Database database(":memory:");
    database.execute("CREATE TABLE t (v INTEGER UNIQUE)");
    Statement insert(database, "INSERT INTO t VALUES (?1)");
    insert.bind(1, std::int64_t{1}).run();
    const auto error = error_of([&] { insert.bind(1, std::int64_t{1}).run(); });
    REQUIRE(error);
    CHECK(error->kind() == StorageError::Kind::other);
    CHECK(std::string(error->what()).find("UNIQUE") != std::string::npos);
    insert.bind(1, std::int64_t{2}).run();
    CHECK(count_rows(database) == 2);
}

TEST_CASE("wrong SQL and wrong parameters are errors that name the file") {
    const TemporaryDirectory directory;
    const auto path = directory.file("a.db");
    Database database(path);
    const auto syntax = error_of([&] { database.execute("SELEKT 1"); });
    REQUIRE(syntax);
    CHECK(std::string(syntax->what()).find(path) == 0);
    CHECK(error_of([&] { const Statement missing(database, "SELECT * FROM nowhere"); }));
    Statement select(database, "SELECT ?1");
    CHECK(error_of([&] { select.bind(2, std::int64_t{1}); }));
    CHECK(error_of([&] { select.bind_text(0, "x"); }));
}

TEST_CASE("a file that cannot be opened is an error") {
    const TemporaryDirectory directory;
    CHECK(error_of([&] { const Database database(directory.file("no/such/folder.db")); }));
    CHECK(error_of(
        [&] { const Database database(directory.file("absent.db"), Database::Mode::read_only); }));
    CHECK(error_of([&] {
        const Database database(directory.file("a.db"), Database::Mode::read_write_create,
                                "no_such_vfs");
    }));
}

TEST_CASE("a file that is no database is corrupt") {
    const TemporaryDirectory directory;
    const auto path = directory.file("a.db");
    std::ofstream(path) << std::string(4096, 'x');
    Database database(path);  // SQLite reads nothing before it must
    const auto error = error_of([&] { database.execute("CREATE TABLE t (v)"); });
    REQUIRE(error);
    CHECK(error->kind() == StorageError::Kind::corrupt);
}

TEST_CASE("a damaged page is corrupt") {
    const TemporaryDirectory directory;
    const auto path = directory.file("a.db");
    {
        Database database(path);
        database.execute("PRAGMA page_size = 4096; CREATE TABLE t (v)");
        Statement insert(database, "INSERT INTO t VALUES (?1)");
        const std::string filling(1000, 'x');
        for (int i = 0; i < 50; ++i) insert.bind_text(1, filling).run();
    }
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096);
        file << std::string(8192, '\xee');
    }
    Database database(path);
    const auto error = error_of([&] { count_rows(database); });
    REQUIRE(error);
    CHECK(error->kind() == StorageError::Kind::corrupt);
}

TEST_CASE("a full database says so, has changed nothing, and works again when there is room") {
    const TemporaryDirectory directory;
    Database database(directory.file("a.db"));
    database.execute("PRAGMA page_size = 4096; CREATE TABLE t (v)");
    database.query_text("PRAGMA max_page_count = 4");
    Statement insert(database, "INSERT INTO t VALUES (?1)");
    const std::string filling(20'000, 'x');
    const auto error = error_of([&] {
        Transaction transaction(database);
        insert.bind_text(1, "small").run();
        insert.bind_text(1, filling).run();
        transaction.commit();
    });
    REQUIRE(error);
    CHECK(error->kind() == StorageError::Kind::full);
    CHECK(count_rows(database) == 0);

    database.query_text("PRAGMA max_page_count = 1000");
    Transaction transaction(database);
    insert.bind_text(1, filling).run();
    transaction.commit();
    CHECK(count_rows(database) == 1);
}

TEST_CASE("a failed sync is never taken for a full disk") {
    const TemporaryDirectory directory;
    testing::PowerLossVFS disk("failing-sync-database");
    Database database(directory.file("a.db"), Database::Mode::read_write_create, disk.name());
    database.execute("PRAGMA journal_mode=WAL");
    database.execute("PRAGMA synchronous=FULL");
    database.execute("CREATE TABLE t (v TEXT)");
    disk.set_failing_sync(ENOSPC);
    // The second and the third find the number that the first has left.
    for (const std::string sql :
         {"PRAGMA wal_checkpoint", "INSERT INTO t VALUES ('a')", "PRAGMA wal_checkpoint"}) {
        const auto error = error_of([&] { database.query_text(sql); });
        REQUIRE(error);
        CHECK(error->kind() == StorageError::Kind::sync_failed);
    }
}

TEST_CASE("a transaction that is not committed leaves nothing behind") {
    Database database(":memory:");
    database.execute("CREATE TABLE t (v)");
    {
        Transaction transaction(database);
        database.execute("INSERT INTO t VALUES (1)");
        CHECK(count_rows(database) == 1);
    }
    CHECK(count_rows(database) == 0);
    {
        Transaction transaction(database);
        database.execute("INSERT INTO t VALUES (1)");
        transaction.commit();
    }
    CHECK(count_rows(database) == 1);
    // A failed one does not stand in the way of the next.
    CHECK(error_of([&] {
        Transaction transaction(database);
        database.execute("INSERT INTO nowhere VALUES (1)");
    }));
    Transaction transaction(database);
    database.execute("INSERT INTO t VALUES (2)");
    transaction.commit();
    CHECK(count_rows(database) == 2);
}

TEST_CASE("transactions do not nest, and the outer one goes on") {
    Database database(":memory:");
    database.execute("CREATE TABLE t (v)");
    Transaction outer(database);
    database.execute("INSERT INTO t VALUES (1)");
    CHECK(error_of([&] { const Transaction inner(database); }));
    outer.commit();
    CHECK(count_rows(database) == 1);
    CHECK(error_of([&] { outer.commit(); }));
}

}  // namespace
}  // namespace gavel
