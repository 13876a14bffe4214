#pragma once

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// An outcome in a snapshot of the book. Under a key only what is lasting is remembered, so most
// codes after keys_full do not occur; a transaction's outcomes may have any code.

inline constexpr std::size_t bid_outcome_bytes = 1 + 1 + 4;
inline constexpr std::size_t smallest_outcome_bytes = 8 + 8 + bid_outcome_bytes + 4;

inline void write_bid_outcome(ByteWriter& out, const BidOutcome& outcome) {
    out.u8(static_cast<std::uint8_t>(outcome.code));
    out.u8(static_cast<std::uint8_t>(outcome.status));
    out.u32(outcome.bid_count);
}

inline BidOutcome read_bid_outcome(ByteReader& in, OutcomeCode last = OutcomeCode::keys_full) {
    const auto code = in.u8();
    const bool lasting = code <= static_cast<std::uint8_t>(last_outcome_code) &&
                         is_lasting(static_cast<OutcomeCode>(code));
    if (code > static_cast<std::uint8_t>(last) && !lasting) {
        throw MalformedBytes("an outcome has an unknown code");
    }
    const auto status = in.u8();
    if (status > static_cast<std::uint8_t>(AuctionStatus::cancelled)) {
        throw MalformedBytes("an auction has an unknown status");
    }
    return {static_cast<OutcomeCode>(code), static_cast<AuctionStatus>(status), in.u32()};
}

inline void write_outcome(ByteWriter& out, const Outcome& outcome) {
    out.u64(outcome.index);
    out.u64(outcome.auction_id);
    write_bid_outcome(out, {outcome.code, outcome.status, outcome.bid_count});
    out.u32(static_cast<std::uint32_t>(outcome.bids.size()));
    for (const auto& bid : outcome.bids) write_bid_outcome(out, bid);
}

inline Outcome read_outcome(ByteReader& in, OutcomeCode last = OutcomeCode::keys_full) {
    Outcome outcome;
    outcome.index = in.u64();
    outcome.auction_id = in.u64();
    const BidOutcome whole = read_bid_outcome(in, last);
    outcome.code = whole.code;
    outcome.status = whole.status;
    outcome.bid_count = whole.bid_count;
    outcome.bids.resize(in.count(bid_outcome_bytes));
    for (auto& bid : outcome.bids) bid = read_bid_outcome(in);
    return outcome;
}

}  // namespace gavel::auction
