#include "services/auction/event_feed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "common/bytes/byte_reader.h"
#include "common/limits.h"
#include "services/auction/event_block.h"
#include "services/auction/event_store.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_directory.h"

namespace gavel::auction {
namespace {

// An entry whose events are named after it: "7a", "7b".
EntryEvents entry(std::uint64_t index, std::uint32_t count = 1) {
    EntryEvents events{index, count, ""};
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i > 0) events.json += ',';
        events.json += '"' + std::to_string(index) + static_cast<char>('a' + i % 26) + '"';
    }
    return events;
}

using Answer = std::shared_ptr<std::optional<EventFeed::Page>>;

Answer read(EventFeed& feed, std::uint64_t after, std::int64_t wait_ms = 0,
            std::size_t max_events = 100) {
    auto answer = std::make_shared<std::optional<EventFeed::Page>>();
    feed.read(after, max_events, wait_ms,
              [answer](const EventFeed::Page& page) { *answer = page; });
    return answer;
}

// A feed that has nothing but its memory.
struct MemoryFeed {
    testing::ManualScheduler scheduler;
    EventFeed feed{scheduler, nullptr, nullptr, 0};

    void tell(std::uint64_t index, std::uint32_t count = 1) {
        if (count > 0) feed.add(entry(index, count));
        feed.publish(index);
    }
};

TEST_CASE("a reader gets what comes after its index, in order") {
    MemoryFeed f;
    f.tell(1);
    f.tell(2, 2);
    f.tell(3, 0);  // an entry without events still moves the index
    auto page = *read(f.feed, 0);
    CHECK(page->events_json == R"("1a","2a","2b")");
    CHECK(page->index == 3);
    page = *read(f.feed, 1);
    CHECK(page->events_json == R"("2a","2b")");
    page = *read(f.feed, 2);
    CHECK(page->events_json.empty());
    CHECK(page->index == 3);
}

TEST_CASE("a page ends after so many events, but never within an entry") {
    MemoryFeed f;
    for (std::uint64_t i = 1; i <= 5; ++i) f.tell(i, 3);
    auto page = *read(f.feed, 0, 0, 4);
    CHECK(page->events_json == R"("1a","1b","1c","2a","2b","2c")");
    CHECK(page->index == 2);
    page = *read(f.feed, 2, 0, 1);
    CHECK(page->events_json == R"("3a","3b","3c")");
    CHECK(page->index == 3);
}

TEST_CASE("what was added is not seen before it is published") {
    MemoryFeed f;
    f.feed.add(entry(1));
    CHECK((*read(f.feed, 0))->events_json.empty());
    CHECK((*read(f.feed, 0))->index == 0);
    f.feed.publish(1);
    CHECK((*read(f.feed, 0))->events_json == R"("1a")");
}

TEST_CASE("a reader that has everything waits for news, as long as it likes and no longer") {
    MemoryFeed f;
    f.tell(1);
    const auto first = read(f.feed, 1, 500);
    const auto second = read(f.feed, 1, 900);
    CHECK_FALSE(*first);
    f.scheduler.advance_ms(499);
    CHECK_FALSE(*first);
    f.scheduler.advance_ms(1);
    REQUIRE(*first);
    CHECK((*first)->events_json.empty());
    CHECK((*first)->index == 1);
    f.tell(2);
    REQUIRE(*second);
    CHECK((*second)->events_json == R"("2a")");
    f.scheduler.advance_ms(10'000);
}

TEST_CASE("a waiting reader that reads again when it is told waits for what comes next") {
    MemoryFeed f;
    std::vector<std::string> pages;
    std::function<void(std::uint64_t)> follow = [&](std::uint64_t after) {
        f.feed.read(after, 10, 1'000, [&](const EventFeed::Page& page) {
            pages.push_back(page.events_json);
            if (pages.size() < 4) follow(page.index);
        });
    };
    follow(0);
    for (std::uint64_t i = 1; i <= 4; ++i) f.tell(i);
    CHECK(pages == std::vector<std::string>{R"("1a")", R"("2a")", R"("3a")", R"("4a")"});
}

TEST_CASE("a reader who is ahead of the feed waits until it has more, and never falls back") {
    MemoryFeed f;
    f.tell(1);
    const auto at_once = read(f.feed, 3);
    REQUIRE(*at_once);
    CHECK((*at_once)->index == 3);
    CHECK((*at_once)->events_json.empty());

    const auto late = read(f.feed, 5, 1'000);
    f.tell(2);
    const auto waiting = read(f.feed, 3, 2'000);
    f.tell(3);
    CHECK_FALSE(*waiting);
    f.scheduler.advance_ms(1'000);
    REQUIRE(*late);
    CHECK((*late)->index == 5);
    CHECK((*late)->events_json.empty());
    CHECK_FALSE(*waiting);
    f.tell(4);
    REQUIRE(*waiting);
    CHECK((*waiting)->index == 4);
    CHECK((*waiting)->events_json == R"("4a")");

    const auto let_go = read(f.feed, 9, 1'000);
    f.feed.release_waiters();
    REQUIRE(*let_go);
    CHECK((*let_go)->index == 9);
}

TEST_CASE("those who wait can be let go, and too many are not kept waiting") {
    MemoryFeed f;
    std::vector<Answer> waiting;
    for (std::size_t i = 0; i < limits::max_feed_waiters; ++i) {
        waiting.push_back(read(f.feed, 0, 1'000));
    }
    CHECK((*read(f.feed, 0, 1'000))->unavailable);
    f.feed.release_waiters();
    for (const auto& answer : waiting) {
        REQUIRE(*answer);
        CHECK_FALSE((*answer)->unavailable);
    }
}

// A feed with a store on disk, written when the test says so.
struct StoredFeed {
    testing::TemporaryDirectory directory;
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    std::string path = directory.file("auction.db.events");
    EventStore store{path, "L"};
    std::unique_ptr<EventFeed> feed = std::make_unique<EventFeed>(scheduler, &store, &executor, 0);

    void tell(std::uint64_t index, std::uint32_t count = 1) {
        if (count > 0) feed->add(entry(index, count));
        feed->publish(index);
    }
    void work() {
        // Twice: what came while a batch was on its way is stored a little later.
        for (int round = 0; round < 2; ++round) {
            while (executor.queued() > 0) {
                executor.run_next();
                scheduler.run_ready();
            }
            scheduler.advance_ms(limits::feed_store_delay_ms);
        }
        while (executor.queued() > 0) {
            executor.run_next();
            scheduler.run_ready();
        }
    }
};

constexpr std::uint32_t large_entry = 1'000;

TEST_CASE("the window is trimmed to what is stored, and older entries come from the store") {
    StoredFeed f;
    const std::uint64_t entries = limits::feed_window_events / large_entry + 10;
    for (std::uint64_t i = 1; i <= entries; ++i) f.tell(i, large_entry);
    // Nothing is stored yet, so all of it is still in memory.
    const auto from_memory = *read(*f.feed, 0, 0, 1);
    REQUIRE(from_memory);
    CHECK(from_memory->index == 1);
    f.work();
    CHECK(f.store.reached_index() == entries);
    const auto from_store = read(*f.feed, 0, 0, 1);
    CHECK_FALSE(*from_store);  // it takes the way through the disk
    f.work();
    REQUIRE(*from_store);
    CHECK((*from_store)->events_json == from_memory->events_json);
    CHECK((*from_store)->index == 1);
    // Page by page, everything is there once, wherever it comes from.
    std::uint64_t after = 0;
    std::uint64_t expected = 1;
    while (after < entries) {
        const auto page = read(*f.feed, after, 0, 2 * large_entry);
        f.work();
        REQUIRE(*page);
        REQUIRE((*page)->index > after);
        for (; expected <= (*page)->index; ++expected) {
            CHECK((*page)->events_json.find('"' + std::to_string(expected) + "a\"") !=
                  std::string::npos);
        }
        after = (*page)->index;
    }
}

TEST_CASE("a feed that starts behind a store gives all of it") {
    const testing::TemporaryDirectory directory;
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    EventStore store(directory.file("events"), "L");
    store.append({entry(1), entry(2, 2), entry(5)}, 6);
    EventFeed feed(scheduler, &store, &executor, 6);
    const auto page = read(feed, 0);
    executor.run_all();
    scheduler.run_ready();
    CHECK((*page)->events_json == R"("1a","2a","2b","5a")");
    CHECK((*page)->index == 6);
    feed.add(entry(7));
    feed.publish(7);
    CHECK((*read(feed, 6))->events_json == R"("7a")");
}

TEST_CASE("what comes within a short time goes to the store as one batch") {
    StoredFeed f;
    f.tell(1);
    f.tell(2);
    f.tell(3, 0);
    CHECK(f.executor.queued() == 0);
    f.scheduler.advance_ms(limits::feed_store_delay_ms);
    CHECK(f.executor.queued() == 1);
    f.work();
    CHECK(f.store.reached_index() == 3);
    CHECK(f.store.read(0, 9, 99).events_json == R"("1a","2a")");
}

TEST_CASE("a full window is no reason to store each entry by itself") {
    StoredFeed f;
    const std::uint64_t entries = limits::feed_window_events / large_entry + 10;
    for (std::uint64_t i = 1; i <= entries; ++i) f.tell(i, large_entry);
    f.work();
    REQUIRE(f.store.reached_index() == entries);
    f.tell(entries + 1);
    CHECK(f.executor.queued() == 0);
    f.scheduler.advance_ms(limits::feed_store_delay_ms);
    CHECK(f.executor.queued() == 1);
}

TEST_CASE("while the store fails the window keeps everything, and it is stored afterwards") {
    StoredFeed f;
    Database other(f.path);
    other.execute("ALTER TABLE blocks RENAME TO hidden");  // appending fails
    const std::uint64_t entries = limits::feed_window_events / large_entry + 10;
    for (std::uint64_t i = 1; i <= entries; ++i) {
        f.tell(i, large_entry);
        f.work();
    }
    CHECK(f.store.reached_index() == 0);
    CHECK((*read(*f.feed, 0, 0, 1))->index == 1);  // from memory, at once
    other.execute("ALTER TABLE hidden RENAME TO blocks");
    f.scheduler.advance_ms(1'000);
    f.work();
    CHECK(f.store.reached_index() == entries);
    const auto stored = f.store.read(0, entries, entries * large_entry).events_json;
    CHECK(std::count(stored.begin(), stored.end(), ',') + 1 ==
          static_cast<std::ptrdiff_t>(entries * large_entry));
}

TEST_CASE("a store that cannot be read says so") {
    StoredFeed f;
    f.store.append({entry(1)}, 1);
    EventFeed feed(f.scheduler, &f.store, &f.executor, 1);
    {
        Database other(f.path);
        other.execute("DROP TABLE blocks");
    }
    const auto page = read(feed, 0);
    f.work();
    CHECK((*page)->unavailable);
    f.executor.full = true;
    CHECK((*read(feed, 0))->unavailable);
}

TEST_CASE("a feed that goes while the disk works is not called back") {
    StoredFeed f;
    f.tell(1);
    const auto page = [&] {
        f.store.append({}, 1);
        EventFeed other(f.scheduler, &f.store, &f.executor, 1);
        return read(other, 0);
    }();
    f.feed = nullptr;
    f.executor.run_all();
    f.scheduler.run_ready();
    f.scheduler.advance_ms(1'000);
    CHECK_FALSE(*page);
}

// ---- The store ----

TEST_CASE("what is stored is there after a restart, and twice is once") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("events");
    {
        EventStore store(path, "L");
        CHECK(store.reached_index() == 0);
        store.append({entry(1), entry(2)}, 2);
        store.append({entry(2), entry(3)}, 4);
    }
    EventStore store(path, "L");
    CHECK(store.reached_index() == 4);
    const auto all = store.read(0, 4, 100);
    CHECK(all.events_json == R"("1a","2a","3a")");
    CHECK(all.index == 4);
    CHECK(store.read(1, 2, 100).events_json == R"("2a")");
    CHECK(store.read(1, 2, 100).index == 2);
}

TEST_CASE("entries of many blocks are read from anywhere to anywhere, each once") {
    const testing::TemporaryDirectory directory;
    EventStore store(directory.file("events"), "L");
    constexpr std::uint64_t last = 400;
    std::vector<EntryEvents> entries;
    for (std::uint64_t i = 1; i <= last; ++i) {
        entries.push_back({i, 1, std::to_string(i) + std::string(i % 7 * 1'000, ' ')});
    }
    entries[99].json += std::string(500'000, ' ');  // larger than a block, and still one entry
    store.append({entries.begin(), entries.begin() + 250}, 250);
    store.append(entries, last);
    for (const std::uint64_t after : {0, 1, 98, 99, 100, 249, 250, 399}) {
        for (const std::uint64_t through : {after, after + 1, last}) {
            const auto some = store.read(after, through, 1'000);
            CHECK(some.index == through);
            std::uint64_t next = after;
            std::istringstream numbers(some.events_json);
            for (std::string number; std::getline(numbers, number, ',');) {
                CHECK(std::stoull(number) == ++next);
            }
            CHECK(next == through);
        }
    }
    CHECK(store.read(90, last, 25).index == 115);
}

TEST_CASE("a damaged block is no block") {
    EventBlockCodec codec;
    const std::vector<EntryEvents> entries{entry(1), entry(2)};
    const std::string block(codec.pack(entries));
    const auto count_entries = [&](const std::string& bytes) {
        int count = 0;
        codec.unpack(bytes, [&](std::uint64_t, std::uint32_t, std::string_view) {
            ++count;
            return true;
        });
        return count;
    };
    CHECK(count_entries(block) == 2);
    CHECK_THROWS_AS(count_entries(block.substr(0, block.size() - 1)), MalformedBytes);
    CHECK_THROWS_AS(count_entries("no block at all"), MalformedBytes);
    CHECK_THROWS_AS(count_entries(""), MalformedBytes);
}

TEST_CASE("a store of another log is emptied") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("events");
    { EventStore(path, "L").append({entry(1)}, 1); }
    {
        EventStore store(path, "M");
        CHECK(store.reached_index() == 0);
        CHECK(store.read(0, 9, 9).events_json.empty());
    }
    CHECK(EventStore(path, "L").reached_index() == 0);
}

TEST_CASE("a damaged store is made anew") {
    const testing::TemporaryDirectory directory;
    const auto path = directory.file("events");
    SUBCASE("it is no database") {
        directory.write("events", std::string(9'000, 'x'));
    }
    SUBCASE("its pages are damaged") {
        { EventStore(path, "L").append({entry(1, 20'000)}, 1); }
        const auto size = std::filesystem::file_size(path);
        directory.write("events", std::string(size, '\xff'));
    }
    SUBCASE("it has another layout") {
        { EventStore(path, "L").append({entry(1)}, 1); }
        Database database(path);
        database.execute("PRAGMA user_version = 9");
    }
    SUBCASE("it does not say how far it goes") {
        { EventStore(path, "L").append({entry(1)}, 1); }
        Database database(path);
        database.execute("DELETE FROM meta WHERE key = 'reached_index'");
    }
    EventStore store(path, "L");
    CHECK(store.reached_index() == 0);
    store.append({entry(1)}, 1);
    CHECK(store.read(0, 1, 9).events_json == R"("1a")");
}

}  // namespace
}  // namespace gavel::auction
