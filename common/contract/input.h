#pragma once

// Reads the fields of requests as the wire contract says, and refuses with its words.
// Everything here throws HTTPError 400.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/json_request.h"
#include "common/money/money.h"

namespace gavel::contract {

// "name is required" when it is missing or empty; text only, bounded.
std::string read_name(const nlohmann::json& object);

// Missing: "". JSON null is kept (nothing), because the original echoes it.
std::optional<std::string> read_description(const nlohmann::json& object);

// A JSON number above 0; text is refused here, though a bid's amount may be text.
Money read_starting_bid(const nlohmann::json& object);

// Missing, null and "" are 0; else an integer or text of one, its fraction cut off. In seconds.
std::int64_t read_duration_seconds(const nlohmann::json& object);

// "bidder is required" when it is missing or empty; text only, bounded.
std::string read_bidder(const nlohmann::json& object);

// A number or numeric text above 0, with at most four decimals.
Money read_amount(const nlohmann::json& object);

// A JSON number above 0, at most four decimals; refusals call it by its name.
Money read_money(const nlohmann::json& value, const std::string& name);

// A bid as a client places it: `bidder` and `amount`, or in its place `max_amount`, the most that
// the bidder would pay, which is read as an amount is.
struct BidInput {
    std::string bidder;
    Money amount;
    bool is_maximum = false;
};
BidInput read_bid(const nlohmann::json& object);

// The list of a bulk request: "bids must be a non-empty list", and not too long. Its items are
// read one by one, since each has an answer of its own.
const nlohmann::json& read_bulk_bids(const nlohmann::json& object);

// Whether a reader wants auctions without their bids: `?bids=0`, or `Prefer: return=minimal`. Any
// other `bids` than 0 and 1 is refused.
bool read_lean(const JSONRequest& request);

// An auction's id in a path: decimal digits. Nothing for anything else, which is then not found.
std::optional<std::uint64_t> parse_auction_id(std::string_view text);

}  // namespace gavel::contract
