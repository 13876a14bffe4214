#include "common/storage/write_ahead_log.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "tests/support/power_loss_vfs.h"
#include "tests/support/temporary_directory.h"

namespace gavel {
namespace {

constexpr std::uint64_t merge_pages = 50;
constexpr std::uint64_t page_bytes = 4'096;

// A database with a write-ahead log, on a disk that can fail.
struct Kept {
    testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk{"write-ahead-log"};
    std::string path = directory.file("a.db");
    Database database{path, Database::Mode::read_write_create, disk.name()};
    WriteAheadLog log{database, merge_pages};

    std::uint64_t bytes(const char* suffix) const {
        return std::filesystem::file_size(path + suffix);
    }
    void write_pages(std::uint64_t count) {
        Statement insert(database, "INSERT INTO t VALUES(zeroblob(?))");
        insert.bind(1, count * page_bytes).run();
    }
};

TEST_CASE("a write-ahead log that was grown has its length, and keeps it through merges") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    k.log.grow();
    const auto grown = k.bytes("-wal");
    CHECK(grown >= (merge_pages + merge_pages / 4) * page_bytes);
    for (int i = 0; i < 40; ++i) {
        k.write_pages(5);
        k.log.merge_when_due();
    }
    CHECK(k.bytes("-wal") == grown);
    CHECK(k.database.query_text("SELECT count(*) FROM t") == "40");
}

TEST_CASE("growing leaves nothing in the database, and is done once") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    k.log.grow();
    CHECK(k.database.query_text("SELECT group_concat(name) FROM sqlite_master") == "t");
    const auto operations = k.disk.operations();
    k.log.grow();
    CHECK(k.disk.operations() == operations);
}

TEST_CASE("a full disk lets a write-ahead log be as long as it is") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    k.disk.set_full(true);
    k.log.grow();
    k.disk.set_full(false);
    k.write_pages(1);
    CHECK(k.database.query_text("SELECT count(*) FROM t") == "1");
}

TEST_CASE("a write-ahead log is merged when it is long, and not before") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    k.log.merge_leftovers();
    const auto before = k.bytes("");
    k.write_pages(merge_pages / 2);
    k.log.merge_when_due();
    CHECK(k.bytes("") == before);
    k.write_pages(merge_pages);
    k.log.merge_when_due();
    CHECK(k.bytes("") >= before + merge_pages * page_bytes);
}

TEST_CASE("a merge whose sync fails says so") {
    Kept k;
    k.database.execute("PRAGMA synchronous=OFF");
    k.database.execute("CREATE TABLE t(v)");
    k.write_pages(2 * merge_pages);
    k.database.execute("PRAGMA synchronous=FULL");
    k.disk.set_failing_sync(EIO);
    try {
        k.log.merge_when_due();
        FAIL("it succeeded");
    } catch (const StorageError& error) {
        CHECK(error.kind() == StorageError::Kind::sync_failed);
    }
}

TEST_CASE("a merge for which there is no room is tried when as much has been written again") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    k.log.merge_leftovers();
    k.write_pages(2 * merge_pages);
    const auto before = k.bytes("");
    k.disk.set_full(true);
    k.log.merge_when_due();
    k.disk.set_full(false);
    k.log.merge_when_due();
    CHECK(k.bytes("") == before);
    CHECK(k.database.query_text("SELECT count(*) FROM t") == "1");
    k.write_pages(merge_pages);
    k.log.merge_when_due();
    CHECK(k.bytes("") >= before + 3 * merge_pages * page_bytes);
}

TEST_CASE("a merge waits until it is due, or overdue, as it was asked") {
    Kept k;
    WriteAheadLog log{k.database, merge_pages, 3 * merge_pages};
    k.database.execute("CREATE TABLE t(v)");
    log.merge_leftovers();
    const auto before = k.bytes("");
    k.write_pages(2 * merge_pages);
    log.merge_when_overdue();
    CHECK(k.bytes("") == before);
    k.write_pages(merge_pages);
    log.merge_when_overdue();
    CHECK(k.bytes("") >= before + 3 * merge_pages * page_bytes);
}

TEST_CASE("leftovers are merged; a reader of an older state is in the way, and is named") {
    Kept k;
    k.database.execute("CREATE TABLE t(v)");
    {
        Database reader(k.path);
        reader.execute("BEGIN");
        CHECK(reader.query_text("SELECT count(*) FROM t") == "0");
        k.write_pages(1);
        CHECK_THROWS_WITH_AS(k.log.merge_leftovers(), doctest::Contains("end that"), StorageError);
    }
    k.log.merge_leftovers();
    CHECK(k.bytes("") > page_bytes);
}

}  // namespace
}  // namespace gavel
