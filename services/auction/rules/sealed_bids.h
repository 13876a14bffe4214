#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

// One bid of an auction whose bids are hidden until its end. Secret until then.
struct SealedBid {
    std::string bidder;
    Money amount;
    std::int64_t time_us = 0;  // when it came to this amount
    bool operator==(const SealedBid&) const = default;
};

// What an auction with hidden bids comes to when they are opened.
struct SealedOutcome {
    std::vector<SealedBid> ranking;  // the best bid last; of equal ones the earlier is better
    // What the best bidder pays; nothing when the reserve is not met or nobody has bid.
    std::optional<Money> price;
};

// Opens the bids. First-price: the winner pays the own bid. Vickrey (1961): the second highest
// bid, but the reserve and the starting bid at least. `bids` has each bidder once.
SealedOutcome open_sealed_bids(std::vector<SealedBid> bids, const AuctionTerms& terms,
                               Money starting_bid);

}  // namespace gavel::auction
