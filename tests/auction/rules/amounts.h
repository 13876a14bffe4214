#pragma once

#include <string>
#include <utility>

#include "services/auction/rules/rising_price.h"

namespace gavel::auction {

// 12.5 as an exact amount; whatever a test writes has at most four decimals.
inline Money amount_of(double value) {
    return money_from_double(value).money;
}

inline Offer exactly(std::string bidder, double amount, std::int64_t time_us = 0) {
    return {std::move(bidder), amount_of(amount), false, time_us};
}

inline Offer at_most(std::string bidder, double maximum, std::int64_t time_us = 0) {
    return {std::move(bidder), amount_of(maximum), true, time_us};
}

}  // namespace gavel::auction
