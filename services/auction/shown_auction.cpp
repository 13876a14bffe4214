#include "services/auction/shown_auction.h"

#include "services/auction/public_rules.h"

namespace gavel::auction {

contract::AuctionDocument shown_at_first(const Auction& auction) {
    const bool plain = auction.proceedings == nullptr;
    contract::AuctionDocument document(
        auction.id, auction.name, auction.description, auction.starting_bid,
        auction.duration_seconds,
        plain ? auction.closing_time_us : auction.proceedings->first_end_us);
    if (!plain) document.add_rules(public_terms(auction), public_moment(auction, 0));
    return document;
}

void show_bid(contract::AuctionDocument& document, const Auction& auction,
              std::uint32_t bid_number) {
    const Bid& bid = auction.bids.at(bid_number);
    if (auction.proceedings == nullptr) {
        document.add_bid(bid.bidder, bid.amount, bid.time_us);
    } else {
        document.add_ruled_bid(bid.bidder, bid.amount, bid.time_us,
                               public_bid(auction, bid_number));
    }
}

void show_status(contract::AuctionDocument& document, const Auction& auction) {
    const bool over = contract::is_over(auction.status);
    if (over && auction.proceedings != nullptr) document.set_result(public_result(auction));
    document.set_status(auction.status);
}

contract::AuctionDocument shown(const Auction& auction) {
    auto document = shown_at_first(auction);
    for (std::size_t number = 0; number < auction.bids.size(); ++number) {
        show_bid(document, auction, static_cast<std::uint32_t>(number));
    }
    show_status(document, auction);
    return document;
}

contract::AuctionDocument::RuledBid public_bid(const Auction& auction, std::uint32_t bid_number) {
    const Proceedings& proceedings = *auction.proceedings;
    contract::AuctionDocument::RuledBid ruled;
    if (const auto* remark = proceedings.remark_on(bid_number)) {
        ruled.automatic = remark->automatic;
        ruled.retracted_by = remark->retracted_by;
    }
    ruled.closing_time_us = proceedings.closing_time_after(bid_number + 1);
    ruled.moment = public_moment(auction, bid_number + 1);
    return ruled;
}

}  // namespace gavel::auction
