#pragma once

#include "common/feed/feed_follower.h"
#include "common/http/service_client.h"
#include "services/bidding/bidding_handler.h"
#include "services/bidding/price_board.h"

namespace gavel::bidding {

// The bidding service, wired: spares the log bids that cannot succeed. Loop thread only; borrows
// the scheduler and the client, which outlive it.
class BiddingService {
  public:
    BiddingService(Scheduler& scheduler, ServiceClient& auctions);

    // Begins to follow the auction service's feed.
    void start() { follower_.start(); }
    void append_to(MetricsPage& page) const {
        follower_.append_to(page);
        handler_.append_to(page);
    }

    const JSONRequestHandler& handler() const { return handler_; }
    PriceBoard& board() { return board_; }

  private:
    PriceBoard board_;
    FeedFollower follower_;
    BiddingHandler handler_;
};

}  // namespace gavel::bidding
