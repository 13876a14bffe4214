#pragma once

#include <cstdint>
#include <vector>

#include "services/auction/auction.h"

namespace gavel::auction {

enum class OutcomeCode : std::uint8_t {
    accepted,         // created, bid taken, closed, or (closing again) left as it is
    not_found,        // no such auction
    not_open,         // the auction's status tells why
    too_low,          // the amount is not above the current price
    bulk,             // see `bids`
    ignored,          // an expire command that came too early or too late
    key_reused,       // the idempotency key came before, with another body
    keys_full,        // no room to remember the key; nothing was done
    session_expired,  // a stray repeat of what was answered before; nothing was done

    // What follows is never remembered under a key.
    frozen,             // a bid on an auction that a transaction has frozen; nothing was done
    in_transaction,     // a close of such an auction; nothing was done
    prepared,           // the transaction can be committed, whatever comes
    aborted,            // the transaction did nothing and never will
    not_prepared,       // a commit of what was never prepared; nothing was done
    contradicts,        // the transaction was decided otherwise before, or is another one
    transactions_full,  // no room to remember the transaction; nothing was done

    // What an auction's own rules refuse; nothing was done.
    no_maximums,          // a maximum bid, which it does not take
    seller_bids,          // its seller would bid
    too_fine,             // an amount finer than its currency has
    not_for_sale,         // it cannot be bought now
    no_retractions,       // its bids cannot be taken back
    nothing_to_retract,   // the bidder has no bid there
    too_late_to_retract,  // twelve hours or less are left, and the bid is older than an hour
    ends_before_it_does,  // a create whose soft close has a hard end before the end
};
inline constexpr OutcomeCode last_outcome_code = OutcomeCode::ends_before_it_does;

// Whether a key that comes again is to have this outcome again. What is true for a moment only is
// decided anew.
constexpr bool is_lasting(OutcomeCode code) {
    return code <= OutcomeCode::ignored || code >= OutcomeCode::no_maximums;
}

// What became of one bid, kept small: with the auction, whose bids are only appended, it is
// enough to render the answer again at any later time.
struct BidOutcome {
    OutcomeCode code = OutcomeCode::accepted;
    AuctionStatus status = AuctionStatus::open;  // of the auction at that moment
    std::uint32_t bid_count = 0;                 // its accepted bids at that moment
    bool operator==(const BidOutcome&) const = default;
};

// What the caller of a command is told.
struct Outcome {
    std::uint64_t index = 0;  // the log entry at which it took effect
    OutcomeCode code = OutcomeCode::accepted;
    AuctionId auction_id = 0;
    AuctionStatus status = AuctionStatus::open;
    std::uint32_t bid_count = 0;
    std::vector<BidOutcome> bids;  // one for each offer of a PlaceBids
    bool operator==(const Outcome&) const = default;
};

}  // namespace gavel::auction
