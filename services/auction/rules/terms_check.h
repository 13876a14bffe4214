#pragma once

#include <cstdint>
#include <string>

#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

// Why an auction cannot be held on these terms, as a sentence for whoever asked for it; "" when it
// can. Says of each combination of rules that makes no sense which of them to leave out.
//
// What depends on the time of the create, `soft_close.hard_end` before the end for example, is
// the book's to refuse.
std::string refusal_of(const AuctionTerms& terms, Money starting_bid,
                       std::int64_t duration_seconds);

// Why such an amount cannot be bid on these terms, "" when it can: it is finer than the currency
// has coins. `name` is that of the field.
std::string amount_refusal(const AuctionTerms& terms, Money amount, const std::string& name);

}  // namespace gavel::auction
