#include "services/auction/rules/dutch_price.h"

#include <doctest/doctest.h>

#include "common/limits.h"
#include "services/auction/rules/limits.h"
#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

TEST_CASE("the price falls by a step at the end of each interval, to the floor") {
    constexpr std::int64_t s = 1'000'000;
    constexpr std::int64_t opened = 1'700'000'000 * s;
    const DutchFall fall{amount_of(12), amount_of(10), 60};  // from 50: 40, 30, 20, 12
    struct Row {
        std::int64_t after_us;
        double price;
    };
    const Row rows[] = {
        {-3'600 * s, 50}, {0, 50},       {60 * s - 1, 50}, {60 * s, 40},  {119 * s, 40},
        {120 * s, 30},    {180 * s, 20}, {240 * s, 12},    {300 * s, 12}, {1'000'000 * s, 12}};
    for (const auto& row : rows) {
        CAPTURE(row.after_us);
        CHECK(fall.price_at(amount_of(50), opened, opened + row.after_us) == amount_of(row.price));
    }
}

TEST_CASE("a step that meets the floor exactly ends there") {
    const DutchFall fall{amount_of(10), amount_of(20), 1};
    CHECK(fall.price_at(amount_of(50), 0, 1'000'000) == amount_of(30));
    CHECK(fall.price_at(amount_of(50), 0, 2'000'000) == amount_of(10));
    CHECK(fall.price_at(amount_of(50), 0, 3'000'000) == amount_of(10));
}

TEST_CASE("the largest steps and the longest times stay within 64 bits") {
    const Money most{limits::max_money_units};
    const DutchFall fall{{1}, {limits::max_money_units}, 1};
    CHECK(fall.price_at(most, 0, limits::max_opens_at_us).units == 1);
    const DutchFall slow{{1}, {1}, limits::max_duration_seconds};
    CHECK(slow.price_at(most, 0, limits::max_opens_at_us).units == most.units - 2);
}

}  // namespace
}  // namespace gavel::auction
