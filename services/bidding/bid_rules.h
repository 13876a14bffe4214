#pragma once

#include <string_view>

namespace gavel::bidding {

// What validation says of a bid: the words of the original platform.
struct Verdict {
    bool ok;
    const char* message;
};

// Price first: "Bid must exceed current value", then "Bidder is required", else "Bid accepted".
// Amounts are whatever the caller sent, negative ones too. Two that name money compare as money,
// so 60.1 + 0.2 does not exceed 60.3.
Verdict validate(double amount, double current_bid, std::string_view bidder);

}  // namespace gavel::bidding
