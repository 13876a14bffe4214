#include "services/auction/rules/buy_now.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

TEST_CASE("an auction can be bought until the first bid, or until the price has come that far") {
    const Lead nobody{"", amount_of(50), amount_of(50)};
    const Lead some{"ann", amount_of(60), amount_of(60)};
    const Lead near{"ann", amount_of(199.99), amount_of(199.99)};
    const Lead there{"ann", amount_of(200), amount_of(200)};
    struct Row {
        BuyNowPolicy policy;
        Lead lead;
        bool can_buy;
    };
    const Row rows[] = {{BuyNowPolicy::until_first_bid, nobody, true},
                        {BuyNowPolicy::until_first_bid, some, false},
                        {BuyNowPolicy::always, nobody, true},
                        {BuyNowPolicy::always, some, true},
                        {BuyNowPolicy::always, near, true},
                        {BuyNowPolicy::always, there, false}};
    for (const auto& row : rows) {
        AuctionTerms terms;
        CHECK_FALSE(can_buy_now(terms, row.lead));
        terms.buy_now_price = amount_of(200);
        terms.buy_now_policy = row.policy;
        CHECK(can_buy_now(terms, row.lead) == row.can_buy);
    }
}

TEST_CASE("a bid that reaches the price buys, where the offer stands beside the bids") {
    AuctionTerms terms;
    CHECK_FALSE(bid_buys_now(terms, amount_of(200)));
    terms.buy_now_price = amount_of(200);
    CHECK_FALSE(bid_buys_now(terms, amount_of(200)));
    terms.buy_now_policy = BuyNowPolicy::always;
    CHECK_FALSE(bid_buys_now(terms, amount_of(199.99)));
    CHECK(bid_buys_now(terms, amount_of(200)));
    CHECK(bid_buys_now(terms, amount_of(500)));
}

}  // namespace
}  // namespace gavel::auction
