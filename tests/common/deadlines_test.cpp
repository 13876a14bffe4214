#include "common/runtime/deadlines.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

struct Entry : Deadlines::Entry {
    Entry(std::string entry_name, std::string& all_told)
        : name(std::move(entry_name)), told(all_told) {}
    void passed() override {
        told += name;
        if (then) then();
    }
    std::string name;
    std::string& told;
    std::function<void()> then;
};

struct Fixture {
    testing::ManualScheduler scheduler;
    Deadlines deadlines{scheduler};
    std::string told;
    Entry a{"a", told}, b{"b", told}, c{"c", told};
};

TEST_CASE("deadlines pass in the order of their ends, whatever the order they were set in") {
    Fixture f;
    f.deadlines.set(f.a, 30);
    f.deadlines.set(f.b, 10);
    f.deadlines.set(f.c, 20);
    f.scheduler.advance_ms(9);
    CHECK(f.told.empty());
    f.scheduler.advance_ms(1);
    CHECK(f.told == "b");
    f.scheduler.advance_ms(100);
    CHECK(f.told == "bca");
}

TEST_CASE("equal ends pass in the order they were set in") {
    Fixture f;
    f.deadlines.set(f.c, 10);
    f.deadlines.set(f.a, 10);
    f.deadlines.set(f.b, 10);
    f.scheduler.advance_ms(10);
    CHECK(f.told == "cab");
}

TEST_CASE("one that is dropped does not pass, and dropping it again changes nothing") {
    Fixture f;
    f.deadlines.set(f.a, 10);
    f.deadlines.set(f.b, 20);
    f.deadlines.drop(f.a);
    f.deadlines.drop(f.a);
    f.scheduler.advance_ms(15);
    CHECK(f.told.empty());
    f.deadlines.set(f.a, 10);
    f.scheduler.advance_ms(10);
    CHECK(f.told == "ba");
    f.deadlines.drop(f.a);
}

TEST_CASE("one that passes may set itself again, drop others and set others") {
    Fixture f;
    f.a.then = [&] {
        f.deadlines.drop(f.b);
        f.deadlines.set(f.c, 5);
        if (f.told.size() < 3) f.deadlines.set(f.a, 10);
    };
    f.deadlines.set(f.a, 10);
    f.deadlines.set(f.b, 10);
    f.scheduler.advance_ms(14);
    CHECK(f.told == "a");
    f.scheduler.advance_ms(30);
    CHECK(f.told == "acac");
}

TEST_CASE("what has not passed when the deadlines go never passes") {
    testing::ManualScheduler scheduler;
    std::string told;
    Entry entry{"a", told};
    {
        Deadlines deadlines(scheduler);
        deadlines.set(entry, 10);
    }
    scheduler.advance_ms(100);
    CHECK(told.empty());
}

TEST_CASE("an entry that is destroyed has no deadline any more") {
    testing::ManualScheduler scheduler;
    std::string told;
    Deadlines deadlines(scheduler);
    Entry before{"a", told};
    Entry after{"c", told};
    deadlines.set(before, 10);
    {
        Entry between{"b", told};
        deadlines.set(between, 20);
        deadlines.set(after, 30);
    }
    scheduler.advance_ms(100);
    CHECK(told == "ac");
}

}  // namespace
}  // namespace gavel
