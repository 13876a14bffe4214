#include "services/history/history_store.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "services/history/history_reader.h"
#include "tests/history/failing_sync.h"
#include "tests/support/feed_pages.h"
#include "tests/support/temporary_directory.h"

namespace gavel::history {
namespace {

using testing::bid;
using testing::closed;
using testing::created;
using testing::page;

Note note(const std::string& payload) {
    Note result;
    result.payload = '"' + payload + '"';
    return result;
}

// Payloads, in the order of the list.
std::string payloads(HistoryStore& store) {
    Statement rows(store.database(), "SELECT payload FROM events ORDER BY seq");
    std::string text;
    while (rows.step()) text += std::string(rows.column_bytes(0)) + ' ';
    return text;
}

std::string reason_to_refuse(const std::string& path) {
    try {
        HistoryStore store(path);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Whatever makes SQLite find no more room: it may not add a page.
void fill_disk(HistoryStore& store) {
    const auto pages = store.database().query_text("PRAGMA page_count");
    store.database().query_text("PRAGMA max_page_count = " + pages);
}
void free_disk(HistoryStore& store) {
    store.database().query_text("PRAGMA max_page_count = 1000000");
}

FeedPage large_page(std::uint64_t first, std::uint64_t count) {
    FeedPage result{"L", first + count - 1, {}};
    for (std::uint64_t i = first; i < first + count; ++i) {
        result.events.push_back(created(i, i, std::string(500, 'x'), 1));
    }
    return result;
}

TEST_CASE("each event is stored once, in order, however often its page comes") {
    HistoryStore store("");
    CHECK(store.reached().log_id.empty());
    CHECK(store.reached().index == 0);
    const auto first = page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60)});
    store.append(first);
    store.append(first);
    store.append(page("L", 5, {bid(2, 1, "ann", 60), closed(4, 1, "ann", 60)}));
    CHECK(payloads(store) == R"("Lamp" "ann bid $60.0" "ann" )");
    CHECK(store.reached().log_id == "L");
    CHECK(store.reached().index == 5);
}

TEST_CASE("events of one entry are told apart by their number") {
    HistoryStore store("");
    auto second = bid(1, 1, "ann", 70);
    second.n = 1;
    store.append(page("L", 1, {bid(1, 1, "ann", 60), second}));
    CHECK(payloads(store) == R"("ann bid $60.0" "ann bid $70.0" )");
}

TEST_CASE("a page without events still moves the index") {
    HistoryStore store("");
    store.append(page("L", 9, {}));
    CHECK(store.reached().index == 9);
}

TEST_CASE("everything is there after a restart, and what comes again is known") {
    const testing::TemporaryDirectory directory;
    const auto file = directory.file("history.db");
    {
        HistoryStore store(file);
        store.append(page("L", 1, {created(1, 1, "Lamp", 50)}));
        store.append({note("n1"), note("n2")});
    }
    HistoryStore store(file);
    CHECK(store.reached().log_id == "L");
    CHECK(store.reached().index == 1);
    store.append(page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60)}));
    CHECK(payloads(store) == R"("Lamp" "n1" "n2" "ann bid $60.0" )");
}

TEST_CASE("another log's events follow those of the earlier one") {
    HistoryStore store("");
    store.append(page("L", 7, {created(7, 1, "Lamp", 50)}));
    store.append(page("M", 1, {created(1, 1, "Desk", 10)}));
    CHECK(payloads(store) == R"("Lamp" "Desk" )");
    CHECK(store.reached().log_id == "M");
    CHECK(store.reached().index == 1);
}

TEST_CASE("notes are numbered beside the log: equal ones are all kept") {
    HistoryStore store("");
    store.append({note("same"), note("same")});
    store.append({note("same")});
    CHECK(payloads(store) == R"("same" "same" "same" )");
    CHECK(store.reached().index == 0);
}

TEST_CASE("a full disk changes nothing, and the same page fits once there is room") {
    const testing::TemporaryDirectory directory;
    HistoryStore store(directory.file("history.db"));
    store.append(page("L", 1, {created(1, 1, "Lamp", 50)}));
    fill_disk(store);
    for (int i = 0; i < 3; ++i) {
        try {
            store.append(large_page(2, 50));
            FAIL("there was no room");
        } catch (const StorageError& error) {
            CHECK(error.kind() == StorageError::Kind::full);
        }
    }
    CHECK(store.reached().index == 1);
    CHECK(payloads(store) == "\"Lamp\" ");
    free_disk(store);
    store.append(large_page(2, 50));
    CHECK(store.reached().index == 51);
    CHECK(store.database().query_text("SELECT count(*) FROM events") == "51");
}

TEST_CASE("a note is synced before it is acknowledged; a page need not be") {
    const testing::TemporaryDirectory directory;
    testing::FailingSync vfs;
    HistoryStore store(directory.file("history.db"), testing::FailingSync::name);
    store.append({note("before")});
    testing::FailingSync::failing = true;
    store.append(page("L", 1, {created(1, 1, "Lamp", 50)}));
    CHECK(store.reached().index == 1);
    CHECK_THROWS_AS(store.append({note("lost")}), StorageError);
    testing::FailingSync::failing = false;
}

TEST_CASE("after a failed sync nothing is written any more") {
    const testing::TemporaryDirectory directory;
    testing::FailingSync vfs;
    HistoryStore store(directory.file("history.db"), testing::FailingSync::name);
    testing::FailingSync::failing = true;
    for (int i = 0; i < 2; ++i) {
        try {
            store.append({note("lost")});
            FAIL("it was not synced");
        } catch (const StorageError& error) {
            CHECK(error.kind() == StorageError::Kind::sync_failed);
        }
        testing::FailingSync::failing = false;  // the next sync would succeed, and tell nothing
    }
    CHECK_THROWS_AS(store.append(page("L", 1, {})), StorageError);
}

TEST_CASE("a sync that fails while the write-ahead log is merged does not stay hidden") {
    const testing::TemporaryDirectory directory;
    testing::FailingSync vfs;
    HistoryStore store(directory.file("history.db"), testing::FailingSync::name);
    testing::FailingSync::failing = true;
    bool failed = false;
    for (std::uint64_t i = 0; i < 20 && !failed; ++i) {
        try {
            store.append(large_page(i * 1000 + 1, 1000));
        } catch (const StorageError& error) {
            failed = error.kind() == StorageError::Kind::sync_failed;
        }
    }
    CHECK(failed);
    testing::FailingSync::failing = false;
}

TEST_CASE("the write-ahead log does not grow without bound") {
    const testing::TemporaryDirectory directory;
    HistoryStore store(directory.file("history.db"));
    for (int i = 0; i < 3'000; ++i) store.append(std::vector<Note>{note("n")});
    CHECK(std::filesystem::file_size(directory.file("history.db-wal")) < 32 * 1024 * 1024);
}

TEST_CASE("a file that cannot be used is refused with its name, the reason and what to do") {
    const testing::TemporaryDirectory directory;
    const auto file = directory.file("history.db");

    SUBCASE("it is no database") {
        std::ofstream(file) << std::string(5000, 'x');
        const auto reason = reason_to_refuse(file);
        CHECK(contains(reason, file));
        CHECK(contains(reason, "not a database"));
        CHECK(contains(reason, "Delete it"));
    }
    SUBCASE("it belongs to another program, and stays as it was") {
        {
            Database other(file);
            other.execute("CREATE TABLE theirs(x)");
        }
        CHECK(contains(reason_to_refuse(file), "it belongs to another program"));
        Database other(file);
        CHECK(other.query_text("PRAGMA journal_mode") == "delete");
        CHECK(other.query_text("SELECT count(*) FROM sqlite_master") == "1");
    }
    SUBCASE("it has another version") {
        { HistoryStore store(file); }
        {
            Database database(file);
            database.execute("PRAGMA user_version = 2");
        }
        CHECK(contains(reason_to_refuse(file), "its schema has version 2"));
    }
    SUBCASE("it is damaged") {
        {
            HistoryStore store(file);
            store.append(large_page(1, 100));
        }
        {
            std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
            damaged.seekp(4096);
            damaged << std::string(200'000, '\xff');
        }
        const auto reason = reason_to_refuse(file);
        CHECK(contains(reason, file));
        CHECK(contains(reason, "malformed"));
        CHECK(contains(reason, "Delete it"));
    }
    SUBCASE("another process has it") {
        HistoryStore store(file);
        CHECK(contains(reason_to_refuse(file), file));
    }
    SUBCASE("there is no such directory") {
        CHECK(contains(reason_to_refuse(directory.file("no/history.db")), "no/history.db"));
    }
}

}  // namespace
}  // namespace gavel::history
