#include "services/auction/live_book.h"

#include "common/feed/feed_event.h"

namespace gavel::auction {
namespace {

FeedEvent::Type feed_type(BookEvent::Type type) {
    switch (type) {
        case BookEvent::Type::created: return FeedEvent::Type::created;
        case BookEvent::Type::bid: return FeedEvent::Type::bid;
        case BookEvent::Type::closed: return FeedEvent::Type::closed;
        case BookEvent::Type::ended: break;
    }
    return FeedEvent::Type::ended;
}

FeedEvent feed_event(std::uint64_t index, const BookEvent& event, const Auction& auction) {
    FeedEvent told;
    told.index = index;
    told.n = event.n;
    told.type = feed_type(event.type);
    told.auction_id = event.auction_id;
    told.time_us = event.time_us;
    if (event.type == BookEvent::Type::created) {
        told.name = auction.name;
        told.description = auction.description;
        told.starting_bid = auction.starting_bid;
        told.duration_seconds = auction.duration_seconds;
        told.closing_time_us = auction.closing_time_us;
    } else if (event.type == BookEvent::Type::bid) {
        told.bidder = auction.bids.at(event.bid_number).bidder;
        told.amount = auction.bids.at(event.bid_number).amount;
    } else {
        told.bidder = auction.highest_bidder();
        told.amount = auction.current_bid();
    }
    return told;
}

}  // namespace

LiveBook::LiveBook(AuctionBook book) : book_(std::move(book)) {
    for (const auto& auction : book_.auctions()) {
        auto& document = make_document(*auction);
        for (const auto& bid : auction->bids) {
            document.add_bid(bid.bidder, bid.amount, bid.time_us);
        }
        document.set_status(auction->status);
    }
}

const contract::AuctionDocument* LiveBook::document(AuctionId id) const {
    const auto found = documents_.find(id);
    return found == documents_.end() ? nullptr : &found->second;
}

LiveBook::Taken LiveBook::apply(const Command& command, bool with_events) {
    Applied applied = book_.apply(command, book_.last_index() + 1);
    Taken taken;
    taken.outcome = std::move(applied.outcome);
    taken.events.index = book_.last_index();
    taken.events.count = static_cast<std::uint32_t>(applied.events.size());
    for (const auto& event : applied.events) {
        follow(event);
        if (!with_events) continue;
        auto& json = taken.events.json;
        if (!json.empty()) json += ',';
        append_json(json, feed_event(taken.events.index, event, *book_.find(event.auction_id)));
    }
    return taken;
}

contract::AuctionDocument& LiveBook::make_document(const Auction& auction) {
    return documents_
        .try_emplace(auction.id, auction.id, auction.name, auction.description,
                     auction.starting_bid, auction.duration_seconds, auction.closing_time_us)
        .first->second;
}

void LiveBook::follow(const BookEvent& event) {
    const Auction& auction = *book_.find(event.auction_id);
    if (event.type == BookEvent::Type::created) {
        make_document(auction);
        return;
    }
    auto& document = documents_.at(event.auction_id);
    if (event.type == BookEvent::Type::bid) {
        const Bid& bid = auction.bids.at(event.bid_number);
        document.add_bid(bid.bidder, bid.amount, bid.time_us);
    } else {
        document.set_status(auction.status);
    }
}

}  // namespace gavel::auction
