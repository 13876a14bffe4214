#include "common/feed/event_waits.h"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "tests/support/feed_pages.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using Type = FeedEvent::Type;

// A store that has what the test says, and who waits for it.
struct Store {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    std::set<EventWaits::Event> events;
    bool broken = false;
    EventWaits waits{scheduler, executor, [this](const EventWaits::Event& event) {
                         if (broken) throw std::runtime_error("the disk is gone");
                         return events.contains(event);
                     }};
    std::string told;

    void wait(std::uint64_t auction_id, Type type, char name, const std::string& log_id = "L") {
        waits.add(log_id, auction_id, type, [this, name] { told += name; });
    }
    void run() {
        executor.run_all();
        scheduler.run_ready();
    }
};

TEST_CASE("who waits for an event is told when its page is stored, and once") {
    Store store;
    store.wait(7, Type::closed, 'a');
    store.wait(7, Type::closed, 'b');
    store.wait(8, Type::closed, 'c');
    store.wait(7, Type::created, 'd');
    store.run();
    CHECK(store.told.empty());
    const auto page = testing::page("L", 3, {testing::closed(3, 7, "ann", 60)});
    store.waits.stored(page);
    CHECK(store.told == "ab");
    store.waits.stored(page);
    CHECK(store.told == "ab");
}

TEST_CASE("an event that is stored already is found") {
    Store store;
    store.events.insert({"L", 7, Type::closed});
    store.wait(7, Type::closed, 'a');
    store.wait(7, Type::closed, 'b', "another log");
    CHECK(store.told.empty());
    store.run();
    CHECK(store.told == "a");
}

TEST_CASE("who began to wait before any page had come waits for the first log's event") {
    Store store;
    store.wait(7, Type::created, 'a', "");
    store.run();
    store.waits.stored(testing::page("L", 1, {testing::created(1, 7, "Lamp", 50)}));
    CHECK(store.told == "a");
}

TEST_CASE("a look that fails, or finds no room, is taken again") {
    Store store;
    store.events.insert({"L", 7, Type::closed});
    SUBCASE("the disk fails") {
        store.broken = true;
    }
    SUBCASE("the queue is full") {
        store.executor.full = true;
    }
    store.wait(7, Type::closed, 'a');
    store.run();
    CHECK(store.told.empty());
    store.broken = false;
    store.executor.full = false;
    store.scheduler.advance_ms(200);
    store.run();
    CHECK(store.told == "a");
}

TEST_CASE("nobody is told after the end") {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    bool told = false;
    {
        EventWaits waits(scheduler, executor, [](const EventWaits::Event&) { return true; });
        waits.add("L", 7, Type::closed, [&] { told = true; });
        executor.run_all();
    }
    scheduler.advance_ms(1'000);
    CHECK_FALSE(told);
}

}  // namespace
}  // namespace gavel
