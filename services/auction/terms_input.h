#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

// The optional fields of a create that give an auction rules of its own; nothing when there is none
// of them, or all say what goes without saying. Absent and null are the same.
// Throws HTTPError 400 with what to change: a field of another form, or rules that make no sense
// together (terms_check.h).
std::optional<AuctionTerms> read_terms(const nlohmann::json& object, Money starting_bid,
                                       std::int64_t duration_seconds);

}  // namespace gavel::auction
