#pragma once

#include "common/contract/auction_status.h"
#include "common/feed/feed_event.h"

namespace gavel {

// How an auction that was closed or has ended came to it. REQUIRES: the event tells of that.
constexpr contract::AuctionStatus status_after(FeedEvent::Type type, FeedEvent::Closing closing) {
    if (type == FeedEvent::Type::ended) return contract::AuctionStatus::ended;
    switch (closing) {
        case FeedEvent::Closing::bought: return contract::AuctionStatus::bought;
        case FeedEvent::Closing::cancelled: return contract::AuctionStatus::cancelled;
        case FeedEvent::Closing::by_hand: break;
    }
    return contract::AuctionStatus::closed;
}

}  // namespace gavel
