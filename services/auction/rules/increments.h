#pragma once

#include <cstdint>
#include <vector>

#include "common/money/money.h"

namespace gavel::auction {

// By how much a bid must be above the price, depending on the price: a table whose steps never
// fall, so that a lower price never asks for a higher next bid.
struct Increments {
    // The step for prices below `below_units`, down to where the row before ends.
    struct Row {
        std::int64_t below_units = 0;
        std::int64_t step_units = 0;
        bool operator==(const Row&) const = default;
    };
    // Where the last row ends: nowhere.
    static constexpr std::int64_t no_end = INT64_MAX;

    enum class Kind : std::uint8_t {
        none,   // any amount above the price will do; no rows
        ebay,   // eBay's table
        fixed,  // one row
        table,  // the auction's own
    };
    Kind kind = Kind::none;
    std::vector<Row> rows;  // each ends above the one before; the last has no end
    bool operator==(const Increments&) const = default;

    // eBay's help page "Automatic bidding", in the units of the auction's currency.
    static Increments ebay();
    static Increments fixed(Money step);

    // 0 without a table.
    std::int64_t step_units_at(Money price) const;
};

}  // namespace gavel::auction
