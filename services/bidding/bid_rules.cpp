#include "services/bidding/bid_rules.h"

#include "common/money/money.h"

namespace gavel::bidding {
namespace {

bool exceeds(double amount, double current_bid) {
    const auto offered = money_from_double(amount);
    const auto current = money_from_double(current_bid);
    if (offered.error || current.error) return amount > current_bid;
    return offered.money > current.money;
}

}  // namespace

Verdict validate(double amount, double current_bid, std::string_view bidder) {
    if (!exceeds(amount, current_bid)) return {false, "Bid must exceed current value"};
    if (bidder.empty()) return {false, "Bidder is required"};
    return {true, "Bid accepted"};
}

}  // namespace gavel::bidding
