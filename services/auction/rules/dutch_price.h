#pragma once

#include <cstdint>

#include "common/money/money.h"

namespace gavel::auction {

// How the price of a Dutch auction falls, as on flower markets: by a step at the end of every
// interval, to a floor.
struct DutchFall {
    Money floor;
    Money step;
    std::int64_t interval_seconds = 0;
    bool operator==(const DutchFall&) const = default;

    // The price at a time; the starting price until the first interval is over. Times are Unix
    // times in microseconds. REQUIRES: floor <= starting_price, interval_seconds > 0.
    Money price_at(Money starting_price, std::int64_t opened_us, std::int64_t time_us) const;
};

}  // namespace gavel::auction
