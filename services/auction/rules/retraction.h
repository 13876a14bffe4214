#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/auction/rules/rising_price.h"

namespace gavel::auction {

// Taking bids back, by eBay's rule: with more than twelve hours left all bids of the bidder go;
// after that only the latest, and only within an hour of when it was placed.
struct Retraction {
    enum class Kind : std::uint8_t {
        nothing,   // the bidder has no bid here
        too_late,  // twelve hours or less are left, and the latest bid is older than an hour
        retracted,
    };
    Kind kind = Kind::nothing;
    std::vector<Offer> left;  // the offers that stand, in their order
};

// `closing_time_us` is the end as it is now; 0: there is none, so all bids go. Unix times.
Retraction retract(const std::vector<Offer>& offers, const std::string& bidder, std::int64_t now_us,
                   std::int64_t closing_time_us);

}  // namespace gavel::auction
