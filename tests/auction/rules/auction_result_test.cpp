#include "services/auction/rules/auction_result.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

TEST_CASE("an auction is sold to its leader when the reserve is met, and else unsold") {
    struct Row {
        Lead lead;
        double reserve;  // 0: none
        bool sold;
    };
    const Row rows[] = {{{"", amount_of(50), amount_of(50)}, 0, false},
                        {{"ann", amount_of(60), amount_of(60)}, 0, true},
                        {{"ann", amount_of(60), amount_of(70)}, 80, false},
                        {{"ann", amount_of(80), amount_of(90)}, 80, true},
                        {{"", amount_of(90), amount_of(90)}, 80, false}};
    for (const auto& row : rows) {
        AuctionTerms terms;
        if (row.reserve > 0) terms.reserve = amount_of(row.reserve);
        const auto result = result_of(terms, row.lead);
        CHECK(result.kind == (row.sold ? AuctionResult::Kind::sold : AuctionResult::Kind::unsold));
        CHECK(result.winner == (row.sold ? row.lead.bidder : ""));
        if (row.sold) CHECK(result.price == row.lead.price);
    }
}

TEST_CASE("results have the names that answers show") {
    CHECK(std::string(to_string(AuctionResult::Kind::sold)) == "SOLD");
    CHECK(std::string(to_string(AuctionResult::Kind::unsold)) == "UNSOLD");
    CHECK(std::string(to_string(AuctionResult::Kind::cancelled)) == "CANCELLED");
}

}  // namespace
}  // namespace gavel::auction
