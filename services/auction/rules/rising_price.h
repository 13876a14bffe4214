#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

// What one bidder offers in an auction with rising prices.
struct Offer {
    std::string bidder;
    Money amount;
    // The amount is the most that the bidder would pay, and secret; the auction bids for him, no
    // more than it takes (a proxy bid). Else it is the bid itself.
    bool is_maximum = false;
    std::int64_t time_us = 0;  // Unix time, by the book's clock
    bool operator==(const Offer&) const = default;
};

// Who leads, at which price.
struct Lead {
    std::string bidder;  // "": nobody has bid
    Money price;         // the starting bid when nobody has bid
    Money maximum;       // secret: the most that the leader would pay, the price at least
    bool operator==(const Lead&) const = default;
};

// What an offer does to an auction whose price rises.
struct Ruling {
    enum class Kind : std::uint8_t {
        too_low,    // below the least next bid
        no_change,  // the leader's own maximum, no higher than it is already
        raised,     // the leader's own maximum went up, and nothing that others can see
        moved,      // another price, maybe another leader
    };
    Kind kind = Kind::too_low;
    // What the loser of a duel had bid in the end, when that has not been seen before: who bids
    // with all of his maximum has no secret any more.
    std::optional<Money> spent;
    Lead lead;  // from now on
};

// English auctions: what the next bid must be, and what an offer does. Pure.
//
// Proxy bids, as on eBay: the price is the runner-up's maximum and one increment above it, but
// never more than the leader's maximum. Of equal maximums the earlier one leads. Raising one's own
// maximum does not move the price. A maximum that reaches the reserve lifts the price to it.
class RisingPrice {
  public:
    // Borrows the terms.
    RisingPrice(const AuctionTerms& terms, Money starting_bid)
        : terms_(terms), starting_bid_(starting_bid) {}

    Lead nobody() const { return {"", starting_bid_, starting_bid_}; }

    // The least that the next bid of another bidder must be. With increments the first bid may be
    // the starting bid, as on eBay; without them every bid must be above the price.
    Money min_next_bid(const Lead& lead) const;

    Ruling rule(const Lead& lead, const Offer& offer) const;

    // What these offers come to, one after the other: when some were taken back, the price is what
    // the others alone would have made it. Each of them was once good enough, and still is.
    Lead replay(const std::vector<Offer>& offers) const;

  private:
    Ruling rule_own(const Lead& lead, const Offer& offer) const;
    Ruling rule_against(const Lead& lead, const Offer& offer) const;
    Money one_step_above(Money amount) const;
    Lead lifted_to_reserve(Lead lead) const;

    const AuctionTerms& terms_;
    Money starting_bid_;
};

}  // namespace gavel::auction
