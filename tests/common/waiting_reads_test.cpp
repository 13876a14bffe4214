#include "common/feed/waiting_reads.h"

#include <doctest/doctest.h>

#include <string>

#include "common/limits.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

struct Reads {
    testing::ManualScheduler scheduler;
    WaitingReads waiting{scheduler};
    std::string told;

    void add(std::uint64_t index, std::int64_t timeout_ms, const std::string& name) {
        waiting.add(index, timeout_ms,
                    [this, name](bool reached) { told += name + (reached ? "+" : "-"); });
    }
};

TEST_CASE("a read is released when its index is reached, in order") {
    Reads reads;
    reads.add(5, 1000, "b");
    reads.add(3, 1000, "a");
    reads.add(5, 1000, "c");
    reads.add(9, 1000, "d");
    reads.waiting.release(2);
    CHECK(reads.told.empty());
    reads.waiting.release(6);
    CHECK(reads.told == "a+b+c+");
}

TEST_CASE("a read that has waited long enough is told so, once") {
    Reads reads;
    reads.add(5, 1000, "a");
    reads.add(5, 2000, "b");
    reads.scheduler.advance_ms(999);
    CHECK(reads.told.empty());
    reads.scheduler.advance_ms(1);
    CHECK(reads.told == "a-");
    reads.waiting.release(5);
    reads.scheduler.advance_ms(5000);
    CHECK(reads.told == "a-b+");
}

TEST_CASE("a released read may wait again") {
    Reads reads;
    reads.waiting.add(1, 1000, [&](bool) { reads.add(2, 1000, "again"); });
    reads.waiting.release(1);
    CHECK(reads.told.empty());
    reads.waiting.release(2);
    CHECK(reads.told == "again+");
}

TEST_CASE("too many waiting reads: the next one is refused at once") {
    Reads reads;
    for (std::size_t i = 0; i < limits::max_waiting_reads; ++i) reads.add(5, 1000, "");
    reads.add(5, 1000, "late");
    CHECK(reads.told == "late-");
}

TEST_CASE("nobody is called after destruction") {
    testing::ManualScheduler scheduler;
    bool called = false;
    {
        WaitingReads waiting(scheduler);
        waiting.add(5, 1000, [&](bool) { called = true; });
    }
    scheduler.advance_ms(5000);
    CHECK_FALSE(called);
}

}  // namespace
}  // namespace gavel
