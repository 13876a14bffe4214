#include "services/auction/rules/sealed_bids.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

TEST_CASE("the highest hidden bid wins, and pays by the format") {
    struct Row {
        const char* what;
        std::vector<SealedBid> bids;
        double reserve;  // 0: none
        const char* winner;
        double first_price;  // 0: unsold
        double vickrey;
    };
    const auto sealed = [](std::string bidder, double amount, std::int64_t time_us) {
        return SealedBid{std::move(bidder), amount_of(amount), time_us};
    };
    const Row rows[] = {
        {"nobody", {}, 0, "", 0, 0},
        {"one bidder", {sealed("ann", 90, 1)}, 0, "ann", 90, 50},
        {"one bidder at the least", {sealed("ann", 50, 1)}, 0, "ann", 50, 50},
        {"one bidder above the reserve", {sealed("ann", 90, 1)}, 80, "ann", 90, 80},
        {"one bidder at the reserve", {sealed("ann", 80, 1)}, 80, "ann", 80, 80},
        {"one bidder below the reserve", {sealed("ann", 79, 1)}, 80, "", 0, 0},
        {"two", {sealed("ann", 90, 1), sealed("bob", 70, 2)}, 0, "ann", 90, 70},
        {"two, the later one higher",
         {sealed("ann", 70, 1), sealed("bob", 90, 2)},
         0,
         "bob",
         90,
         70},
        {"the second below the reserve",
         {sealed("ann", 90, 1), sealed("bob", 70, 2)},
         80,
         "ann",
         90,
         80},
        {"the second above the reserve",
         {sealed("ann", 90, 1), sealed("bob", 85, 2)},
         80,
         "ann",
         90,
         85},
        {"both below the reserve", {sealed("ann", 79, 1), sealed("bob", 70, 2)}, 80, "", 0, 0},
        {"equal: the earlier one", {sealed("ann", 90, 5), sealed("bob", 90, 2)}, 0, "bob", 90, 90},
        {"equal in one moment: the first in the log",
         {sealed("ann", 90, 2), sealed("bob", 90, 2)},
         0,
         "ann",
         90,
         90},
        {"three",
         {sealed("ann", 70, 1), sealed("bob", 90, 2), sealed("cy", 80, 3)},
         0,
         "bob",
         90,
         80},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        for (const auto format : {Format::sealed_first_price, Format::vickrey}) {
            AuctionTerms terms;
            terms.format = format;
            if (row.reserve > 0) terms.reserve = amount_of(row.reserve);
            const double price = format == Format::vickrey ? row.vickrey : row.first_price;
            const SealedOutcome outcome = open_sealed_bids(row.bids, terms, amount_of(50));
            REQUIRE(outcome.ranking.size() == row.bids.size());
            REQUIRE(outcome.price.has_value() == (price > 0));
            if (!outcome.price) continue;
            CHECK(outcome.ranking.back().bidder == row.winner);
            CHECK(*outcome.price == amount_of(price));
        }
    }
}

TEST_CASE("opened bids are ranked, the best one last") {
    AuctionTerms terms;
    terms.format = Format::vickrey;
    const auto outcome = open_sealed_bids({{"ann", amount_of(70), 1},
                                           {"bob", amount_of(90), 2},
                                           {"cy", amount_of(70), 3},
                                           {"dan", amount_of(60), 4}},
                                          terms, amount_of(50));
    std::string order;
    for (const auto& bid : outcome.ranking) order += bid.bidder + " ";
    CHECK(order == "dan cy ann bob ");
}

}  // namespace
}  // namespace gavel::auction
