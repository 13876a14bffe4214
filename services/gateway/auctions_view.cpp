#include "services/gateway/auctions_view.h"

#include <stdexcept>

#include "common/feed/event_status.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

// Takes in an event of an auction with rules of its own.
void follow_rules(const FeedEvent& event, contract::AuctionDocument& auction) {
    switch (event.type) {
        case FeedEvent::Type::bid:
        case FeedEvent::Type::retracted:
            auction.add_ruled_bid(
                event.bidder, event.amount, event.time_us,
                {event.automatic, event.retracted_by, event.closing_time_us, event.moment});
            break;
        case FeedEvent::Type::opened: auction.set_status(contract::AuctionStatus::open); break;
        case FeedEvent::Type::closed:
        case FeedEvent::Type::ended:
            auction.set_result(event.moment);
            auction.set_status(status_after(event.type, event.closing));
            break;
        case FeedEvent::Type::created:
        case FeedEvent::Type::extended: break;  // the bid before it has told of the new end
    }
}

}  // namespace

void AuctionsView::apply(const FeedPage& page, std::function<void(bool)> done) {
    for (const auto& event : page.events) take_in(event);
    index_ = page.index;
    caught_up_ = caught_up_ || page.index >= page.head;
    if (listener_ != nullptr) listener_->on_page_end();
    if (caught_up_) waiting_.release(index_);
    done(true);
}

void AuctionsView::restart(const std::string& log_id) {
    if (!log_id_.empty() && log_id != log_id_ && log_lost_) log_lost_();
    log_id_ = log_id;
    index_ = 0;
    last_event_index_ = 0;
    last_event_n_ = 0;
    events_total_ = 0;
    caught_up_ = false;
    if (listener_ != nullptr) listener_->on_restart();
    life_ = std::make_shared<const bool>(true);
    places_ = {};
    in_order_.clear();
    auctions_.clear();
}

void AuctionsView::when_reached(std::uint64_t index, std::function<void(bool)> callback) {
    if (caught_up_ && index <= index_) {
        callback(true);
        return;
    }
    waiting_.add(index, limits::read_wait_ms, std::move(callback));
}

const contract::AuctionDocument* AuctionsView::find(std::uint64_t auction_id) const {
    const auto* entry = find_entry(auction_id);
    return entry == nullptr ? nullptr : &entry->document;
}

const AuctionsView::Entry* AuctionsView::find_entry(std::uint64_t auction_id) const {
    const auto found = auctions_.find(auction_id);
    return found == auctions_.end() ? nullptr : found->second.get();
}

// The auction that the event is about, which a `created` event makes.
AuctionsView::Entry& AuctionsView::entry_for(const FeedEvent& event) {
    const auto found = auctions_.find(event.auction_id);
    if (found != auctions_.end()) return *found->second;
    if (event.type != FeedEvent::Type::created) {
        throw std::runtime_error("the feed tells of an auction that it has not told of before");
    }
    auto entry = std::make_unique<Entry>(
        Entry{contract::AuctionDocument(event.auction_id, event.name, event.description,
                                        event.starting_bid, event.duration_seconds,
                                        event.closing_time_us),
              in_order_.size()});
    Entry& made = *auctions_.emplace(event.auction_id, std::move(entry)).first->second;
    if (event.has_rules()) made.document.add_rules(event.terms, event.moment);
    if (event.scheduled) made.document.set_status(contract::AuctionStatus::scheduled);
    in_order_.push_back(&made.document);
    places_of(made.document.status()).add(made.place);
    return made;
}

void AuctionsView::take_in(const FeedEvent& event) {
    const bool known = event.index < last_event_index_ ||
                       (event.index == last_event_index_ && event.n <= last_event_n_);
    if (known) return;
    Entry& entry = entry_for(event);
    auto& auction = entry.document;
    const auto before = auction.status();
    if (auction.has_rules()) {
        follow_rules(event, auction);
    } else if (event.type == FeedEvent::Type::bid) {
        auction.add_bid(event.bidder, event.amount, event.time_us);
    } else if (event.type == FeedEvent::Type::closed || event.type == FeedEvent::Type::ended) {
        auction.set_status(status_after(event.type, event.closing));
    }
    if (auction.status() != before) {
        places_of(before).remove(entry.place);
        places_of(auction.status()).add(entry.place);
    }
    entry.changed_index = last_event_index_ = event.index;
    entry.changed_n = last_event_n_ = event.n;
    ++events_total_;
    if (listener_ != nullptr) listener_->on_event(event, auction);
}

}  // namespace gavel::gateway
