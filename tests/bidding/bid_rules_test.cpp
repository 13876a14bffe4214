#include "services/bidding/bid_rules.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel::bidding {
namespace {

TEST_CASE("the price is checked before the bidder") {
    struct Row {
        double amount;
        double current_bid;
        const char* bidder;
        bool ok;
        const char* message;
    };
    const Row rows[] = {
        {60, 50, "a", true, "Bid accepted"},
        {50, 50, "a", false, "Bid must exceed current value"},
        {40, 50, "", false, "Bid must exceed current value"},
        {60, 50, "", false, "Bidder is required"},
        {0, 0, "a", false, "Bid must exceed current value"},
        {-1, -2, "a", true, "Bid accepted"},
        {1e300, 1e299, "a", true, "Bid accepted"},
        {0.00001, 0.000001, "a", true, "Bid accepted"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.amount);
        const auto verdict = validate(row.amount, row.current_bid, row.bidder);
        CHECK(verdict.ok == row.ok);
        CHECK(std::string(verdict.message) == row.message);
    }
}

TEST_CASE("amounts that name the same money do not exceed each other") {
    CHECK_FALSE(validate(60.1 + 0.2, 60.3, "a").ok);
    CHECK(validate(60.3001, 60.3, "a").ok);
}

}  // namespace
}  // namespace gavel::bidding
