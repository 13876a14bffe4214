#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "common/runtime/scheduler.h"
#include "services/auction/auction_book.h"
#include "services/auction/auction_engine.h"

namespace gavel::auction {

// Bids on auctions that a transaction has frozen. Whether they are right hangs on its decision, so
// they wait for it and are submitted again, in their order: limits::max_frozen_bids of them, for
// limits::frozen_bid_wait_ms each; then Refusal::frozen.
//
// Loop thread only. Borrows scheduler and book.
class FrozenBids {
  public:
    using Submit = std::function<void(Command, Done)>;

    FrozenBids(Scheduler& scheduler, const AuctionBook& book, Submit submit);
    ~FrozenBids();
    FrozenBids(const FrozenBids&) = delete;
    FrozenBids& operator=(const FrozenBids&) = delete;

    // Keeps the command, and spares the log it, when it is a bid on an auction that is frozen now;
    // else leaves both as they are.
    bool keep_if_frozen(Command& command, Done& done);
    // Keeps a bid that the book met frozen. REQUIRES: it is a PlaceBid or PlaceBids.
    void keep(Command command, Done done);

    // Submits again the bids whose auctions are not frozen any more. Called after each batch that
    // was applied.
    void look();
    // None of them can come to an outcome here.
    void refuse_all(Refusal refusal);

  private:
    struct Kept {
        Command command;
        Done done;
        std::int64_t give_up_us = 0;
    };
    struct Group {
        std::deque<Kept> bids;  // oldest first
        TimerId timer;
    };

    void set_timer(AuctionId id, Group& group);
    void give_up(AuctionId id);
    void take_out(std::map<AuctionId, Group>::iterator group, std::deque<Kept>& bids);

    Scheduler& scheduler_;
    const AuctionBook& book_;
    Submit submit_;
    std::map<AuctionId, Group> groups_;  // none is empty
    std::size_t count_ = 0;
};

}  // namespace gavel::auction
