#include "services/auction/rules/soft_close.h"

#include <doctest/doctest.h>

namespace gavel::auction {
namespace {

TEST_CASE("a bid in the last moments moves the end, so often and so far as the terms say") {
    constexpr std::int64_t s = 1'000'000;
    constexpr std::int64_t end = 10'000 * s;
    struct Row {
        const char* what;
        SoftClose soft_close;  // window, extension, times, hard end
        std::int64_t bid_us;
        std::uint32_t moved;
        std::int64_t expected_end;
    };
    const Row rows[] = {
        {"long before the end", {60, 120, 3, 0}, end - 3'600 * s, 0, end},
        {"just before the window", {60, 120, 3, 0}, end - 60 * s - 1, 0, end},
        {"as the window begins", {60, 120, 3, 0}, end - 60 * s, 0, end + 60 * s},
        {"in the last microsecond", {60, 120, 3, 0}, end - 1, 0, end + 120 * s - 1},
        {"the end is far enough already", {60, 30, 3, 0}, end - 50 * s, 0, end},
        {"exactly far enough", {60, 60, 3, 0}, end - 60 * s, 0, end},
        {"for the last time", {60, 120, 3, 0}, end - 1 * s, 2, end + 119 * s},
        {"too often", {60, 120, 3, 0}, end - 1 * s, 3, end},
        {"up to the hard end", {60, 120, 3, end + 10 * s}, end - 1 * s, 0, end + 10 * s},
        {"before the hard end", {60, 120, 3, end + 900 * s}, end - 1 * s, 0, end + 119 * s},
        {"at the hard end", {60, 120, 3, end}, end - 1 * s, 0, end},
        {"a hard end that has passed", {60, 120, 3, end - 30 * s}, end - 1 * s, 0, end},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(row.soft_close.end_after_bid(end, row.bid_us, row.moved) == row.expected_end);
    }
}

}  // namespace
}  // namespace gavel::auction
