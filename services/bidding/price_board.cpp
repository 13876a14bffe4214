#include "services/bidding/price_board.h"

#include "common/limits.h"

namespace gavel::bidding {

void PriceBoard::apply(const FeedPage& page, std::function<void(bool)> done) {
    for (const auto& event : page.events) {
        if (event.index > index_) apply(event);
    }
    if (page.index > index_) index_ = page.index;
    done(true);
}

void PriceBoard::apply(const FeedEvent& event) {
    auto& entry = entries_[event.auction_id];
    switch (event.type) {
        case FeedEvent::Type::created:
            entry.has_rules = event.has_rules();
            if (!entry.has_rules) entry.price_units = event.starting_bid.units;
            break;
        case FeedEvent::Type::bid:
            if (!entry.has_rules) entry.price_units = event.amount.units;
            break;
        case FeedEvent::Type::closed:
            // What was bought or cancelled is refused by the book, which has the words for it.
            if (event.closing == FeedEvent::Closing::by_hand) {
                entry.status = BoardEntry::Status::closed;
            }
            break;
        case FeedEvent::Type::ended: entry.status = BoardEntry::Status::ended; break;
        case FeedEvent::Type::opened:
        case FeedEvent::Type::extended:
        case FeedEvent::Type::retracted: break;
    }
    drop_oldest();
}

void PriceBoard::drop_oldest() {
    if (entries_.size() > limits::max_screened_auctions) entries_.erase(entries_.begin());
}

void PriceBoard::learn_created(std::uint64_t auction_id, Money starting_bid, bool has_rules) {
    // One that is there already may have bids.
    const std::int64_t price_units = has_rules ? 0 : starting_bid.units;
    entries_.try_emplace(auction_id, BoardEntry{price_units, BoardEntry::Status::open, has_rules});
    drop_oldest();
}

void PriceBoard::learn_closed(std::uint64_t auction_id) {
    const auto found = entries_.find(auction_id);
    if (found != entries_.end()) found->second.status = BoardEntry::Status::closed;
}

void PriceBoard::restart(const std::string& log_id) {
    log_id_ = log_id;
    index_ = 0;
    entries_.clear();
}

std::optional<BoardEntry> PriceBoard::find(std::uint64_t auction_id) const {
    const auto found = entries_.find(auction_id);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
}

}  // namespace gavel::bidding
