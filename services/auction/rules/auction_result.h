#pragma once

#include <cstdint>
#include <string>

#include "services/auction/rules/rising_price.h"

namespace gavel::auction {

// What an auction has come to.
struct AuctionResult {
    enum class Kind : std::uint8_t {
        undecided,  // it is not over
        sold,
        unsold,  // nobody has bid, or the reserve is not met
        cancelled,
    };
    Kind kind = Kind::undecided;
    std::string winner;  // sold: who pays
    Money price;         // sold: how much
    bool operator==(const AuctionResult&) const = default;
};

// As answers name it: "SOLD", "UNSOLD", "CANCELLED". REQUIRES: not undecided.
const char* to_string(AuctionResult::Kind kind);

// Whether the price is high enough to sell at.
bool reserve_met(const AuctionTerms& terms, const Lead& lead);

// Of an auction with rising prices that is over: the leader wins when the reserve is met.
AuctionResult result_of(const AuctionTerms& terms, const Lead& lead);

}  // namespace gavel::auction
