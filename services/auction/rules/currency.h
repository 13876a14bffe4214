#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/money/money.h"

namespace gavel::auction {

// What an auction's amounts are counted in: a code of ISO 4217 and how many decimals it has.
struct Currency {
    std::string code;
    int minor_digits = 2;  // from 0 (JPY) to 4 (CLF)
    bool operator==(const Currency&) const = default;

    // The smallest amount there is of it.
    std::int64_t smallest_units() const;
    // No finer than its minor unit.
    bool can_pay(Money amount) const { return amount.units % smallest_units() == 0; }
};

// The currency of an upper-case code. Nothing for a code that the list of ISO 4217 (amendment
// 177) does not have, or has without a minor unit, as gold and special drawing rights are.
std::optional<Currency> find_currency(std::string_view code);

}  // namespace gavel::auction
