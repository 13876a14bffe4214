#include "services/auction/rules/buy_now.h"

namespace gavel::auction {

bool can_buy_now(const AuctionTerms& terms, const Lead& lead) {
    if (!terms.buy_now_price) return false;
    if (terms.buy_now_policy == BuyNowPolicy::until_first_bid) return lead.bidder.empty();
    return lead.price < *terms.buy_now_price;
}

bool bid_buys_now(const AuctionTerms& terms, Money amount) {
    return terms.buy_now_price && terms.buy_now_policy == BuyNowPolicy::always &&
           amount >= *terms.buy_now_price;
}

}  // namespace gavel::auction
