#include "services/gateway/write_condition.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "tests/gateway/feed.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using testing::bid;
using testing::created;

TEST_CASE("a condition is the entry since which its auction must be as it was seen") {
    testing::ManualScheduler scheduler;
    AuctionsView view(scheduler);
    view.restart("L");
    view.apply(page("L", 9,
                    {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5), bid(3, 1, "ann", 60),
                     bid(7, 2, "bob", 6)}),
               [](bool) {});
    struct Row {
        const char* if_match;
        std::uint64_t since;
    };
    const Row rows[] = {
        // The view shows that nothing came after it.
        {"\"L-3.1\"", 9},
        {"\"L-3.1-lean\"", 9},
        {"  \"L-3.1\" ", 9},
        {"\"x\", \"L-1.1\", \"L-3.1\"", 9},
        // Older, and of another gateway that is further on.
        {"\"L-1.1\"", 1},
        {"\"L-20.1\"", 20},
        // No tag of ours: every auction has changed since.
        {"\"M-3.1\"", 0},
        {"W/\"L-3.1\"", 0},
        {"L-3.1", 0},
        {"\"L-3\"", 0},
        {"\"\"", 0},
        {"\"", 0},
        {"", 0},
        {"*", std::numeric_limits<std::uint64_t>::max()},
    };
    for (const auto& row : rows) {
        CAPTURE(row.if_match);
        CHECK(unchanged_since(row.if_match, view, 1) == row.since);
    }
    CHECK(unchanged_since("\"L-3.1\"", view, 2) == 3);
    CHECK(unchanged_since("\"L-3.1\"", view, 99) == 3);
}

}  // namespace
}  // namespace gavel::gateway
