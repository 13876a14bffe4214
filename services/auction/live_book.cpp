#include "services/auction/live_book.h"

#include <algorithm>

#include "common/feed/feed_event.h"
#include "services/auction/house_rules.h"
#include "services/auction/public_rules.h"
#include "services/auction/rules/limits.h"
#include "services/auction/shown_auction.h"

namespace gavel::auction {
namespace {

FeedEvent::Type feed_type(BookEvent::Type type) {
    switch (type) {
        case BookEvent::Type::created: return FeedEvent::Type::created;
        case BookEvent::Type::bid: return FeedEvent::Type::bid;
        case BookEvent::Type::closed: return FeedEvent::Type::closed;
        case BookEvent::Type::opened: return FeedEvent::Type::opened;
        case BookEvent::Type::extended: return FeedEvent::Type::extended;
        case BookEvent::Type::retracted: return FeedEvent::Type::retracted;
        case BookEvent::Type::ended: break;
    }
    return FeedEvent::Type::ended;
}

FeedEvent::Closing closing_of(AuctionStatus status) {
    if (status == AuctionStatus::bought) return FeedEvent::Closing::bought;
    if (status == AuctionStatus::cancelled) return FeedEvent::Closing::cancelled;
    return FeedEvent::Closing::by_hand;
}

// Who has won it, when it was closed or has ended: of a plain auction whoever leads.
std::string winner_of(const Auction& auction) {
    if (auction.proceedings != nullptr) return result_of(auction).winner;
    return auction.status == AuctionStatus::cancelled ? "" : auction.highest_bidder();
}

// What an auction with rules of its own tells beside what a plain one would.
void add_rules(FeedEvent& told, const BookEvent& event, const Auction& auction) {
    switch (event.type) {
        case BookEvent::Type::created:
            told.scheduled = auction.proceedings->opened_us > event.time_us;
            told.terms = public_terms(auction);
            told.moment = public_moment(auction, 0);
            break;
        case BookEvent::Type::bid:
        case BookEvent::Type::retracted: {
            auto ruled = public_bid(auction, event.bid_number);
            told.automatic = ruled.automatic;
            told.retracted_by = std::move(ruled.retracted_by);
            told.closing_time_us = ruled.closing_time_us;
            told.moment = std::move(ruled.moment);
            break;
        }
        case BookEvent::Type::extended:
            told.closing_time_us = auction.proceedings->closing_time_after(event.bid_number + 1);
            break;
        case BookEvent::Type::closed:
        case BookEvent::Type::ended: told.moment = public_result(auction); break;
        case BookEvent::Type::opened: break;
    }
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
    } else if (event.type == BookEvent::Type::closed || event.type == BookEvent::Type::ended) {
        told.bidder = winner_of(auction);
        told.amount = auction.current_bid();
        told.closing = closing_of(auction.status);
    } else if (event.type == BookEvent::Type::opened) {
        told.amount = auction.starting_bid;
    } else {
        told.bidder = auction.bids.at(event.bid_number).bidder;
        told.amount = auction.bids.at(event.bid_number).amount;
    }
    if (auction.proceedings != nullptr) add_rules(told, event, auction);
    return told;
}

}  // namespace

LiveBook::LiveBook(AuctionBook book) : book_(std::move(book)) {
    for (const auto& auction : book_.auctions()) {
        shown_.emplace(auction->id, Shown{shown(*auction), book_.last_index()});
    }
}

const contract::AuctionDocument* LiveBook::document(AuctionId id) const {
    const auto found = shown_.find(id);
    return found == shown_.end() ? nullptr : &found->second.document;
}

bool LiveBook::changed_since(AuctionId id, std::uint64_t index) const {
    const auto found = shown_.find(id);
    return found != shown_.end() && found->second.changed_index > index;
}

const Receipt* LiveBook::receipt(std::uint64_t index) const {
    const auto found =
        std::lower_bound(receipts_.begin(), receipts_.end(), index,
                         [](const Receipt& receipt, std::uint64_t i) { return receipt.index < i; });
    return found == receipts_.end() || found->index != index ? nullptr : &*found;
}

LiveBook::Taken LiveBook::apply(const Command& command, bool with_events) {
    Applied applied = book_.apply(command, book_.last_index() + 1);
    Taken taken;
    taken.outcome = std::move(applied.outcome);
    if (applied.receipt) receipts_.push_back(*applied.receipt);
    if (receipts_.size() > limits::receipts_kept) receipts_.pop_front();
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

void LiveBook::follow(const BookEvent& event) {
    const Auction& auction = *book_.find(event.auction_id);
    if (event.type == BookEvent::Type::created) {
        shown_.emplace(auction.id, Shown{shown(auction), book_.last_index()});
        return;
    }
    auto& [document, changed_index] = shown_.at(event.auction_id);
    changed_index = book_.last_index();
    if (event.type == BookEvent::Type::bid || event.type == BookEvent::Type::retracted) {
        show_bid(document, auction, event.bid_number);
    } else {
        show_status(document, auction);
    }
}

}  // namespace gavel::auction
