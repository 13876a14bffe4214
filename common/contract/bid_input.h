#pragma once

#include "common/contract/input.h"
#include "common/http/json_request.h"

namespace gavel::contract {

// Reads the body of a bid as read_bid() reads its object, and throws what that throws. One that has
// just bidder and amount in the plain form that clients send, without escapes, exponents or amounts
// as text, is read without a JSON document in between.
BidInput read_bid(const JSONRequest& request);

}  // namespace gavel::contract
