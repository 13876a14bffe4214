#include "services/auction/rules/increments.h"

#include <algorithm>

namespace gavel::auction {

Increments Increments::ebay() {
    constexpr std::int64_t whole = Money::units_per_whole;
    constexpr std::int64_t cent = whole / 100;
    return {Kind::ebay,
            {{1 * whole, 5 * cent},
             {5 * whole, 25 * cent},
             {25 * whole, 50 * cent},
             {100 * whole, 1 * whole},
             {250 * whole, 250 * cent},
             {500 * whole, 5 * whole},
             {1'000 * whole, 10 * whole},
             {2'500 * whole, 25 * whole},
             {5'000 * whole, 50 * whole},
             {no_end, 100 * whole}}};
}

Increments Increments::fixed(Money step) {
    return {Kind::fixed, {{no_end, step.units}}};
}

std::int64_t Increments::step_units_at(Money price) const {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
        return price.units < candidate.below_units;
    });
    return row == rows.end() ? 0 : row->step_units;
}

}  // namespace gavel::auction
