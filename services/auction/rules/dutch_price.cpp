#include "services/auction/rules/dutch_price.h"

#include <cassert>

namespace gavel::auction {

Money DutchFall::price_at(Money starting_price, std::int64_t opened_us,
                          std::int64_t time_us) const {
    constexpr std::int64_t us_a_second = 1'000'000;
    assert(floor <= starting_price && interval_seconds > 0 && step.units > 0);
    if (time_us <= opened_us) return starting_price;
    const std::int64_t intervals = (time_us - opened_us) / (interval_seconds * us_a_second);
    // Compared by division: intervals times step may be beyond 64 bits.
    if (intervals > (starting_price.units - floor.units) / step.units) return floor;
    if (intervals == 0) return starting_price;
    return {starting_price.units - intervals * step.units, Money::Notation::decimal};
}

}  // namespace gavel::auction
