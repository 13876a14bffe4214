#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/feed/feed_event.h"
#include "common/feed/notice.h"

namespace gavel {

// The auction is over with this event.
inline bool is_end(const FeedEvent& event) {
    return event.type == FeedEvent::Type::closed || event.type == FeedEvent::Type::ended;
}

// What has to be known of an auction to tell its notices.
struct AuctionStanding {
    std::string leader;  // "": nobody leads
    bool operator==(const AuctionStanding&) const = default;
};

// Everyone who has bid in the auction; asked once it is over.
using BiddersOf = std::function<std::vector<std::string>()>;

// What one entry of the log means for those who take part in one auction. `events` are the entry's
// events of that auction, all of them, and at least one. Moves the standing on. Pure.
//
// What happens within an entry counts by its end: who led for a moment, in the middle of a list of
// bids, is told of being outbid once, and who leads again at the end is told nothing. Nobody is
// told of leading again because others took their bids back: that anyone can see.
std::vector<Notice> notices_of(std::span<const FeedEvent> events, AuctionStanding& standing,
                               const BiddersOf& bidders);

}  // namespace gavel
