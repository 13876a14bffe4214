#pragma once

#include "services/auction/rules/rising_price.h"

namespace gavel::auction {

// Whether the auction can be bought at its buy_now_price while this is the lead. As long as nobody
// leads: eBay, where the first bid takes the offer away. Until the price has reached it: Yahoo.
bool can_buy_now(const AuctionTerms& terms, const Lead& lead);

// Whether a bid of this amount is such a purchase: where the offer stands beside the bids, who
// would pay that much buys, at the buy_now_price. So no bid is ever above it.
bool bid_buys_now(const AuctionTerms& terms, Money amount);

}  // namespace gavel::auction
