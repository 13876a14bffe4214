#include "services/auction/sqlite_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/auction/appended.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/support/temporary_directory.h"

// The log has a thread of its own for its disk; the tests wait for it, never for a time.

namespace gavel::auction {
namespace {

using Records = std::vector<std::string>;

SqliteLog::Options at(const std::string& path, const std::string& vfs = "") {
    SqliteLog::Options options;
    options.path = path;
    options.vfs = vfs;
    options.merge_pages = 100;
    return options;
}

std::string reason_to_refuse(const std::string& path) {
    try {
        SqliteLog log(at(path));
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string read_file(const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

const std::string nul_record("a\0b", 3);

// A log of five records, closed.
struct Stored {
    testing::TemporaryDirectory directory;
    std::string path = directory.file("auction.db");
    std::string log_id;
    Records records = {"one", nul_record, "", "four", std::string(20'000, 'x')};

    Stored() {
        SqliteLog log(at(path));
        log_id = log.log_id();
        CHECK(append(log, {records[0]}) == AppendResult::durable);
        CHECK(append(log, {records[1], records[2], records[3]}) == AppendResult::durable);
        CHECK(append(log, {records[4]}) == AppendResult::durable);
    }
    void alter(const std::string& sql) {
        Database database(path);
        database.execute(sql);
    }
    std::string damage_found_from(std::uint64_t first) {
        SqliteLog log(at(path));
        try {
            records_of(log, first);
        } catch (const LogDamaged& error) {
            return error.what();
        }
        return "";
    }
};

TEST_CASE("what was appended is replayed, from any index, now and after every opening") {
    Stored s;
    for (int i = 0; i < 3; ++i) {
        SqliteLog log(at(s.path));
        CHECK(log.log_id() == s.log_id);
        CHECK(log.last_index() == 5 + static_cast<std::uint64_t>(i));
        CHECK(records_of(log) == s.records);
        CHECK(records_of(log, 3) == Records(s.records.begin() + 2, s.records.end()));
        CHECK(records_of(log, log.last_index() + 1).empty());
        s.records.push_back("more");
        CHECK(append(log, {"more"}) == AppendResult::durable);
    }
}

TEST_CASE("a new log is empty and has an id of its own") {
    const testing::TemporaryDirectory directory;
    SqliteLog one(at(directory.file("one.db")));
    SqliteLog two(at(directory.file("two.db")));
    CHECK(one.last_index() == 0);
    CHECK(records_of(one).empty());
    CHECK(one.log_id().size() == 12);
    CHECK(one.log_id() != two.log_id());
    CHECK(one.log_id().find('-') == std::string::npos);  // event ids are split there
}

TEST_CASE("a part of the log is read beside its owner") {
    Stored s;
    SqliteLog log(at(s.path));
    append(log, {"six"});
    Records read;
    SqliteLog::read(s.path, 2, 6,
                    [&](std::uint64_t, std::string_view record) { read.emplace_back(record); });
    CHECK(read.size() == 5);
    CHECK(read.front() == nul_record);
    CHECK(read.back() == "six");
    CHECK_THROWS_AS(SqliteLog::read(s.path, 1, 7, [](auto, auto) {}), LogDamaged);
}

TEST_CASE("whatever was altered or removed within the log is noticed, and named") {
    struct Row {
        const char* sql;
        const char* found;
    };
    const Row rows[] = {
        {"DELETE FROM entries WHERE idx = 1", "entry 1 is missing"},
        {"DELETE FROM entries WHERE idx = 3", "entry 3 is missing"},
        {"UPDATE entries SET idx = 9 WHERE idx = 5", "entry 5 is missing"},
        {"UPDATE entries SET record = 'two' WHERE idx = 2", "entry 2 does not match"},
        {"UPDATE entries SET record = record || 'x' WHERE idx = 4", "entry 4 does not match"},
        {"UPDATE entries SET hash = zeroblob(32) WHERE idx = 3", "entry 3 does not match"},
        {"UPDATE entries SET hash = x'' WHERE idx = 3", "entry 3 does not match"},
        {"UPDATE entries SET record = (SELECT record FROM entries WHERE idx = 4),"
         " hash = (SELECT hash FROM entries WHERE idx = 4) WHERE idx = 2",
         "entry 2 does not match"},
        {"UPDATE meta SET value = 'other' WHERE key = 'log_id'", "entry 1 does not match"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sql);
        Stored s;
        s.alter(row.sql);
        const auto reason = s.damage_found_from(1);
        CHECK(contains(reason, s.path));
        CHECK(contains(reason, row.found));
        CHECK(contains(reason, "restore the data folder from a backup"));
    }
}

TEST_CASE("a replay from the middle needs the entry before, and checks from there") {
    Stored s;
    s.alter("UPDATE entries SET record = 'x' WHERE idx = 1");
    CHECK(s.damage_found_from(3).empty());  // what a snapshot stands for is not looked at
    s.alter("UPDATE entries SET record = 'x' WHERE idx = 4");
    CHECK(contains(s.damage_found_from(3), "entry 4 does not match"));
    s.alter("DELETE FROM entries WHERE idx = 2");
    CHECK(contains(s.damage_found_from(3), "entry 2 is missing"));
}

TEST_CASE("entries cut off at the end are a shorter log: only who knows how far it went can tell") {
    Stored s;
    s.alter("DELETE FROM entries WHERE idx = 5");
    SqliteLog log(at(s.path));
    CHECK(log.last_index() == 4);
    CHECK(records_of(log).size() == 4);
    CHECK(append(log, {"five"}) == AppendResult::durable);
    CHECK(records_of(log).back() == "five");
}

TEST_CASE("a file that cannot be used is refused with its name, the reason and what to do") {
    const testing::TemporaryDirectory directory;
    const auto file = directory.file("auction.db");
    SUBCASE("it is no database") {
        directory.write("auction.db", std::string(5'000, 'x'));
        const auto reason = reason_to_refuse(file);
        CHECK(contains(reason, file));
        CHECK(contains(reason, "not a database"));
        CHECK(contains(reason, "restore the data folder"));
        CHECK(read_file(file) == std::string(5'000, 'x'));
    }
    SUBCASE("it is another database, which stays as it was") {
        {
            Database other(file);
            other.execute("CREATE TABLE theirs(x)");
        }
        CHECK(contains(reason_to_refuse(file), "not an auction log"));
        Database other(file);
        CHECK(other.query_text("PRAGMA journal_mode") == "delete");
        CHECK(other.query_text("SELECT count(*) FROM sqlite_master") == "1");
    }
    SUBCASE("it has another layout") {
        { const SqliteLog log(at(file)); }
        {
            Database database(file);
            database.execute("PRAGMA user_version = 2");
        }
        CHECK(contains(reason_to_refuse(file), "another file layout"));
    }
    SUBCASE("its pages are damaged") {
        {
            SqliteLog log(at(file));
            append(log, Records(2'000, std::string(500, 'x')));
        }
        {
            std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
            damaged.seekp(4'096);
            damaged << std::string(400'000, '\xff');
        }
        std::string reason = reason_to_refuse(file);
        if (reason.empty()) {
            SqliteLog log(at(file));
            try {
                records_of(log);
            } catch (const LogDamaged& error) {
                reason = error.what();
            }
        }
        CHECK(contains(reason, file));
        CHECK(contains(reason, "restore the data folder"));
    }
    SUBCASE("another process has it") {
        const SqliteLog log(at(file));
        const auto reason = reason_to_refuse(file);
        CHECK(contains(reason, file));
        CHECK(contains(reason, "another process is using this data"));
    }
    SUBCASE("there is no such folder") {
        const auto reason = reason_to_refuse(directory.file("no/auction.db"));
        CHECK(contains(reason, "no/auction.db"));
        CHECK(contains(reason, "check that the folder exists"));
    }
}

TEST_CASE(
    "a write-ahead log that was cut off anywhere leaves a beginning of the log, or is damaged") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("auction.db");
    Records all;
    std::string log_id;
    std::string database;
    std::string wal;
    {
        SqliteLog log(at(path));
        log_id = log.log_id();
        for (int i = 0; i < 15; ++i) {
            Records batch;
            for (int j = 0; j <= i % 4; ++j) {
                batch.push_back(std::to_string(i) +
                                std::string(static_cast<std::size_t>(i * 100), 'x'));
            }
            all.insert(all.end(), batch.begin(), batch.end());
            REQUIRE(append(log, batch) == AppendResult::durable);
        }
        database = read_file(path);  // as it is while the log is open: the machine stops now
        wal = read_file(path + "-wal");
    }
    REQUIRE(wal.size() > 50'000);
    std::size_t longest = 0;
    for (std::size_t step = 0; step <= wal.size() / 512 + 1; ++step) {
        const std::size_t size = std::min(step * 512, wal.size());
        INFO("cut after " << size << " of " << wal.size() << " bytes");
        directory.write("cut/auction.db", database);
        directory.write("cut/auction.db-wal", wal.substr(0, size));
        std::filesystem::remove(directory.file("cut/auction.db-shm"));
        try {
            SqliteLog log(at(directory.file("cut/auction.db")));
            const auto found = records_of(log);
            REQUIRE(found.size() <= all.size());
            REQUIRE(std::equal(found.begin(), found.end(), all.begin()));
            REQUIRE(found.size() >= longest);
            longest = found.size();
            if (!found.empty()) REQUIRE(log.log_id() == log_id);
        } catch (const LogDamaged&) {
        }
        if (longest == all.size()) break;  // behind it there is only room
    }
    CHECK(longest == all.size());
}

TEST_CASE("a full disk refuses the batch as a whole, and takes the next when there is room") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("full-disk");
    const auto path = directory.file("auction.db");
    {
        SqliteLog log(at(path, disk.name()));
        CHECK(append(log, {"one"}) == AppendResult::durable);
        disk.set_full(true);
        for (int i = 0; i < 3; ++i) {
            CHECK(append(log, {"lost", std::string(100'000, 'x')}) == AppendResult::full);
            CHECK(log.last_index() == 1);
        }
        disk.set_full(false);
        CHECK(append(log, {"two", "three"}) == AppendResult::durable);
        CHECK(records_of(log) == Records{"one", "two", "three"});
    }
    SqliteLog log(at(path));
    CHECK(records_of(log) == Records{"one", "two", "three"});
}

TEST_CASE("what a full disk refused does not come back when the machine stops next") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("full-then-stopped");
    const auto path = directory.file("auction.db");
    std::mt19937_64 kept(7);
    {
        SqliteLog log(at(path, disk.name()));
        CHECK(append(log, {"one"}) == AppendResult::durable);
        disk.set_full(true);
        CHECK(append(log, {"refused"}) == AppendResult::full);
        disk.lose_power_at(1);
    }
    disk.restart(&kept);
    SqliteLog log(at(path));
    CHECK(records_of(log) == Records{"one"});
}

TEST_CASE("a sync that fails has failed the batch") {
    const testing::TemporaryDirectory directory;
    testing::PowerLossVFS disk("failing-sync-log");
    SqliteLog log(at(directory.file("auction.db"), disk.name()));
    CHECK(append(log, {"one"}) == AppendResult::durable);
    disk.set_failing_sync(EIO);
    CHECK(append(log, {"two"}) == AppendResult::failed);
}

TEST_CASE("a log that goes while it appends finishes first") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("auction.db");
    auto result = std::make_shared<AppendResult>(AppendResult::failed);
    {
        SqliteLog log(at(path));
        log.append({"one"}, [result](AppendResult appended) { *result = appended; });
    }
    CHECK(*result == AppendResult::durable);
    SqliteLog log(at(path));
    CHECK(records_of(log) == Records{"one"});
}

}  // namespace
}  // namespace gavel::auction
