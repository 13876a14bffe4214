#pragma once

#include <string>
#include <vector>

#include "common/contract/auction_document.h"
#include "common/feed/feed_event.h"

namespace gavel::gateway {

// Makes of the feed's events what streams with `?notices=1` tell beside them. An entry's events
// come one by one, and what they mean is known once all are there. Of those who have lost,
// limits::max_streamed_losers are told at most; the others see that another one has won. Loop
// thread only.
class StreamNotices {
  public:
    // The event, after the auction has taken it in. Gives the frames of the entry before it, ""
    // when there are none: they belong to the event before.
    std::string add(const FeedEvent& event, const contract::AuctionDocument& auction,
                    const std::string& log_id);
    // No more events of the last entry will come. Gives its frames.
    std::string finish(const std::string& log_id);
    void clear();

  private:
    std::vector<FeedEvent> entry_;      // of one entry and one auction
    std::string leader_before_;         // of the auction
    std::vector<std::string> bidders_;  // of the auction, once it is over
};

}  // namespace gavel::gateway
