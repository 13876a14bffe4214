#pragma once

#include "services/auction/auction_handler.h"
#include "services/auction/auction_house.h"

namespace gavel::auction {

// The auction service, wired: the log, the book and their HTTP side. Loop thread only; borrows
// the scheduler, which outlives it.
class AuctionService {
  public:
    // Recovers from the log; throws in a sentence that says what to do when that is impossible.
    AuctionService(Scheduler& scheduler, const AuctionHouse::Options& options,
                   Identity identity = {})
        : house_(scheduler, options), handler_(house_, std::move(identity)) {}

    // Begins to end auctions whose time has come.
    void start() { house_.start(); }

    // Answers those who wait for news, since none will come.
    void shut_down() { house_.feed().release_waiters(); }

    const JSONRequestHandler& handler() const { return handler_; }
    AuctionEngine& engine() { return house_; }
    void append_to(MetricsPage& page) const {
        handler_.append_to(page);
        house_.append_to(page);
    }

  private:
    AuctionHouse house_;
    AuctionHandler handler_;
};

}  // namespace gavel::auction
