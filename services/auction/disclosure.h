#pragma once

#include <string>

#include "services/auction/acts.h"
#include "services/auction/rules/auction_result.h"

namespace gavel::auction {

// Which secrets of an auction may be told. None before it is over, and none of a cancelled one;
// else an amount that a price has reached, and every hidden bid but what a Vickrey auction spares
// its winner. Made once for all secrets of an auction, since it looks at each of its bids.
class Disclosure {
  public:
    // As the auction is now.
    explicit Disclosure(const Auction& auction);

    bool opens_anything() const { return opens_anything_; }
    // `secret` is one of the act's.
    bool opens(const Act& act, const Secret& secret) const;

  private:
    bool opens_amount(const PlaceBids::Offer& offer) const;

    bool opens_anything_ = false;
    Format format_ = Format::english;
    AuctionResult result_;
    Money highest_price_;
};

}  // namespace gavel::auction
