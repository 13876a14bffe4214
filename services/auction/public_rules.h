#pragma once

#include <cstdint>
#include <string>

#include "services/auction/auction.h"

// What the world is told of an auction's rules: members of its JSON object, without the braces.
// Nothing secret goes in: no maximum, no reserve, no hidden bid. What is said of a moment depends
// on the number of bids alone, so that it can be said again later.
namespace gavel::auction {

// The rules as they were set at the create; never "". REQUIRES: it has proceedings.
std::string public_terms(const Auction& auction);

// What they make of it after that many bids, while it is not over; "" when there is nothing to say.
std::string public_moment(const Auction& auction, std::uint32_t bid_count);

// What the auction has come to. REQUIRES: it is over.
std::string public_result(const Auction& auction);

}  // namespace gavel::auction
