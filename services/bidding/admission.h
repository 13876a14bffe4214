#pragma once

#include <cstdint>
#include <optional>

#include "common/money/money.h"
#include "services/bidding/price_board.h"

namespace gavel::bidding {

// What screening says of a bid. Everything but `forward` is final: the book would refuse the bid
// with the same words, now and at any later time.
enum class Admission : std::uint8_t { forward, closed, ended, too_low };

// Screens a bid against what is committed. Refuses only what cannot become true; an auction that
// is not known here goes on to the book, and so does a bid on one with rules of its own that is
// open: its price may fall. A bid with an idempotency key must not be screened at all, since a
// retry of an accepted bid is beaten by its own price; nor must one with a session that is sent a
// second time.
Admission admit(const std::optional<BoardEntry>& known, Money amount);

}  // namespace gavel::bidding
