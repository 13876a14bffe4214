#pragma once

#include <string>

#include "common/http/json_request.h"
#include "common/money/money.h"

namespace gavel::contract {

// What a client bids: the body of a bid.
struct BidInput {
    std::string bidder;
    Money amount;
};

// Reads the body of a bid as read_bidder() and read_amount() do, and throws what they throw. One
// that has just these two fields in the plain form that clients send, without escapes, exponents
// or amounts as text, is read without a JSON document in between.
BidInput read_bid(const JSONRequest& request);

}  // namespace gavel::contract
