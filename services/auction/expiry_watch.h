#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/clock/anchored_clock.h"
#include "common/runtime/scheduler.h"
#include "services/auction/auction_book.h"
#include "services/auction/auction_engine.h"

namespace gavel::auction {

// Ends auctions whose time has come: the owner of the log appends an expire command for each, so
// that everyone who reads the log sees them end, without being asked. Loop thread only.
class ExpiryWatch {
  public:
    using Submit = std::function<void(Command, Done)>;

    // Borrows all of them. `submit` appends a command.
    ExpiryWatch(Scheduler& scheduler, const AuctionBook& book, const AnchoredClock& clock,
                Submit submit);
    ~ExpiryWatch();
    ExpiryWatch(const ExpiryWatch&) = delete;
    ExpiryWatch& operator=(const ExpiryWatch&) = delete;

    // The book may have changed: sets the timer for the next end. Called after each batch that was
    // applied, and when this process becomes the log's owner.
    void look();
    // This process does not own the log any more.
    void stop();

  private:
    void expire_due();

    Scheduler& scheduler_;
    const AuctionBook& book_;
    const AnchoredClock& clock_;
    Submit submit_;
    std::size_t expiring_ = 0;        // expire commands that were submitted and not yet answered
    std::int64_t not_before_us_ = 0;  // after a refusal
    TimerId timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
