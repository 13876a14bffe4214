#include "services/auction/disclosure.h"

#include <algorithm>

#include "services/auction/house_rules.h"

namespace gavel::auction {
namespace {

// The last price is the highest one but where bids can be taken back.
Money highest_price(const Auction& auction) {
    Money highest = auction.current_bid();
    if (!auction.proceedings->terms.retractions) return highest;
    for (const auto& bid : auction.bids) highest = std::max(highest, bid.amount);
    return highest;
}

PlaceBids::Offer offer_of(const Act& act, std::size_t number) {
    if (const auto* bid = std::get_if<PlaceBid>(&*act.action)) {
        return {bid->bidder, bid->amount, bid->is_maximum};
    }
    return std::get<PlaceBids>(*act.action).offers.at(number);
}

}  // namespace

Disclosure::Disclosure(const Auction& auction) {
    const bool decided =
        contract::is_over(auction.status) && auction.status != AuctionStatus::cancelled;
    if (auction.proceedings == nullptr || !decided) return;
    opens_anything_ = true;
    format_ = auction.proceedings->terms.format;
    result_ = result_of(auction);
    highest_price_ = highest_price(auction);
}

bool Disclosure::opens(const Act& act, const Secret& secret) const {
    if (!opens_anything_) return false;
    const bool is_amount = secret.field == maximum_field || secret.field == amount_field;
    return !is_amount || opens_amount(offer_of(act, secret.offer));
}

bool Disclosure::opens_amount(const PlaceBids::Offer& offer) const {
    switch (format_) {
        case Format::sealed_first_price: return true;
        case Format::vickrey:
            return offer.bidder != result_.winner || offer.amount <= result_.price;
        case Format::english:
        case Format::dutch: break;
    }
    return offer.amount <= highest_price_;
}

}  // namespace gavel::auction
