#include "common/runtime/timers.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace gavel {
namespace {

// Runs what is due, like a loop does.
void fire(Timers& timers, std::int64_t now_us) {
    while (const Task task = timers.take_due(now_us)) task();
}

TEST_CASE("timers fire in the order they fall due, equal ones in the order they were set") {
    Timers timers;
    std::string fired;
    timers.add(30, [&] { fired += 'd'; });
    timers.add(10, [&] { fired += 'a'; });
    timers.add(20, [&] { fired += 'b'; });
    timers.add(20, [&] { fired += 'c'; });
    fire(timers, 100);
    CHECK(fired == "abcd");
    CHECK(timers.empty());
}

TEST_CASE("nothing fires early, and at its moment it does") {
    Timers timers;
    CHECK_FALSE(timers.next_due_us());
    timers.add(10, [] {});
    CHECK(timers.next_due_us() == 10);
    CHECK_FALSE(timers.take_due(9));
    CHECK(timers.take_due(10));
    CHECK_FALSE(timers.take_due(10));
    CHECK_FALSE(timers.next_due_us());
}

TEST_CASE("a moment in the past is due at once") {
    Timers timers;
    timers.add(-5, [] {});
    CHECK(timers.take_due(0));
}

TEST_CASE("a removed timer does not fire; an unknown one is ignored") {
    Timers timers;
    std::string fired;
    const auto a = timers.add(10, [&] { fired += 'a'; });
    timers.add(10, [&] { fired += 'b'; });
    timers.remove(a);
    timers.remove(a);
    timers.remove(TimerId{});
    timers.remove(TimerId{10, 99});
    fire(timers, 10);
    CHECK(fired == "b");
}

TEST_CASE("a firing timer may set another and remove one that is due as well") {
    Timers timers;
    std::string fired;
    TimerId second;
    timers.add(10, [&] {
        fired += 'a';
        timers.remove(second);
        timers.add(10, [&] { fired += 'c'; });
        timers.add(11, [&] { fired += 'x'; });
    });
    second = timers.add(10, [&] { fired += 'b'; });
    fire(timers, 10);
    CHECK(fired == "ac");
    CHECK(timers.next_due_us() == 11);
}

TEST_CASE("what a removed task owns may set and remove timers as it goes") {
    struct Owned {
        explicit Owned(std::function<void()> f) : on_end(std::move(f)) {}
        ~Owned() { on_end(); }
        Owned(const Owned&) = delete;
        Owned& operator=(const Owned&) = delete;
        std::function<void()> on_end;
    };
    Timers timers;
    TimerId id;
    auto owned = std::make_shared<Owned>([&] {
        timers.remove(id);
        timers.add(20, [] {});
    });
    id = timers.add(10, [owned] {});
    owned.reset();
    timers.remove(id);
    CHECK(timers.next_due_us() == 20);
}

}  // namespace
}  // namespace gavel
