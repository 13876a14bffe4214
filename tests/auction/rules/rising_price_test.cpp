#include "services/auction/rules/rising_price.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

using Kind = Ruling::Kind;

// Some offers one after the other, each with what it must do. The starting bid is 50.
struct Step {
    Offer offer;
    Kind kind;
    const char* leader;
    double price;
    double maximum;
    double spent;  // 0: nothing is shown beside the price
};

void check_steps(const AuctionTerms& terms, const std::vector<Step>& steps) {
    const RisingPrice rising(terms, amount_of(50));
    Lead lead = rising.nobody();
    for (const auto& step : steps) {
        CAPTURE(step.offer.bidder);
        CAPTURE(step.offer.amount.units);
        const Ruling ruling = rising.rule(lead, step.offer);
        lead = ruling.lead;
        CHECK(ruling.kind == step.kind);
        CHECK(lead.bidder == step.leader);
        CHECK(lead.price.units == amount_of(step.price).units);
        CHECK(lead.maximum.units == amount_of(step.maximum).units);
        CHECK(ruling.spent.has_value() == (step.spent > 0));
        if (ruling.spent) CHECK(*ruling.spent == amount_of(step.spent));
    }
}

AuctionTerms terms_with(Increments increments) {
    AuctionTerms terms;
    terms.proxy = true;
    terms.increments = std::move(increments);
    return terms;
}

TEST_CASE("without increments every bid above the price leads") {
    check_steps({}, {
                        {exactly("ann", 50), Kind::too_low, "", 50, 50, 0},
                        {exactly("ann", 50.0001), Kind::moved, "ann", 50.0001, 50.0001, 0},
                        {exactly("bob", 50.0001), Kind::too_low, "ann", 50.0001, 50.0001, 0},
                        {exactly("bob", 60), Kind::moved, "bob", 60, 60, 0},
                        {exactly("bob", 61), Kind::moved, "bob", 61, 61, 0},
                    });
}

TEST_CASE("with increments the first bid may be the starting bid, the next is a step above") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {exactly("ann", 49), Kind::too_low, "", 50, 50, 0},
                           {exactly("ann", 50), Kind::moved, "ann", 50, 50, 0},
                           {exactly("bob", 54.99), Kind::too_low, "ann", 50, 50, 0},
                           {exactly("bob", 55), Kind::moved, "bob", 55, 55, 0},
                       });
}

TEST_CASE("without increments the step is the currency's smallest amount") {
    AuctionTerms terms;
    terms.currency = find_currency("JPY");
    check_steps(terms, {
                           {exactly("ann", 50), Kind::too_low, "", 50, 50, 0},
                           {exactly("ann", 51), Kind::moved, "ann", 51, 51, 0},
                           {at_most("bob", 60), Kind::moved, "bob", 52, 60, 0},
                           {exactly("ann", 55), Kind::moved, "bob", 56, 60, 55},
                       });
}

TEST_CASE("the price is the runner-up's maximum and a step, the leader's maximum at most") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {exactly("bob", 60), Kind::moved, "ann", 65, 100, 60},
                           {at_most("bob", 80), Kind::moved, "ann", 85, 100, 80},
                           {at_most("bob", 98), Kind::moved, "ann", 100, 100, 98},
                           {at_most("bob", 104), Kind::too_low, "ann", 100, 100, 0},
                           {at_most("bob", 105), Kind::moved, "bob", 105, 105, 0},
                       });
}

TEST_CASE("who beats the leader's maximum leads, a step above it or with all of the own maximum") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {at_most("bob", 150), Kind::moved, "bob", 105, 150, 100},
                           // Less than a step above the maximum suffices, as on eBay.
                           {at_most("cy", 152), Kind::moved, "cy", 152, 152, 150},
                       });
    // A bid without a maximum is the price at once.
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {exactly("bob", 150), Kind::moved, "bob", 150, 150, 100},
                       });
}

TEST_CASE("of equal maximums the earlier one leads, at that price") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {at_most("bob", 100), Kind::moved, "ann", 100, 100, 100},
                       });
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {exactly("bob", 100), Kind::moved, "ann", 100, 100, 100},
                       });
}

TEST_CASE("raising one's own maximum does not move the price") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {at_most("ann", 200), Kind::raised, "ann", 50, 200, 0},
                           {at_most("bob", 198), Kind::moved, "ann", 200, 200, 198},
                           {at_most("ann", 300), Kind::raised, "ann", 200, 300, 0},
                           {at_most("bob", 205), Kind::moved, "ann", 210, 300, 205},
                       });
}

TEST_CASE("a maximum is never lowered, and the answer does not tell how high it is") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {at_most("ann", 50), Kind::too_low, "ann", 50, 100, 0},
                           {at_most("ann", 50.01), Kind::no_change, "ann", 50, 100, 0},
                           {at_most("ann", 99), Kind::no_change, "ann", 50, 100, 0},
                           {at_most("ann", 100), Kind::no_change, "ann", 50, 100, 0},
                       });
}

TEST_CASE("the leader's own bid without a maximum is the new price, and keeps the maximum") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    check_steps(terms, {
                           {at_most("ann", 100), Kind::moved, "ann", 50, 100, 0},
                           {exactly("ann", 54), Kind::too_low, "ann", 50, 100, 0},
                           {exactly("ann", 70), Kind::moved, "ann", 70, 100, 0},
                           {exactly("ann", 120), Kind::moved, "ann", 120, 120, 0},
                       });
}

TEST_CASE("a maximum at or above the reserve lifts the price to it") {
    auto terms = terms_with(Increments::fixed(amount_of(5)));
    terms.reserve = amount_of(80);
    check_steps(terms, {
                           {at_most("ann", 79), Kind::moved, "ann", 50, 79, 0},
                           {at_most("ann", 80), Kind::moved, "ann", 80, 80, 0},
                       });
    check_steps(terms, {
                           {exactly("ann", 60), Kind::moved, "ann", 60, 60, 0},
                           {at_most("bob", 100), Kind::moved, "bob", 80, 100, 0},
                           {at_most("ann", 90), Kind::moved, "bob", 95, 100, 90},
                       });
    check_steps(terms, {{exactly("ann", 79.99), Kind::moved, "ann", 79.99, 79.99, 0}});
}

TEST_CASE("the step goes by the amount that it is added to") {
    check_steps(terms_with(Increments::ebay()),
                {
                    {at_most("ann", 1'000), Kind::moved, "ann", 50, 1'000, 0},
                    {at_most("bob", 99.99), Kind::moved, "ann", 100.99, 1'000, 99.99},
                    {at_most("bob", 103.48), Kind::too_low, "ann", 100.99, 1'000, 0},
                    {at_most("bob", 250), Kind::moved, "ann", 255, 1'000, 250},
                });
}

TEST_CASE("offers are replayed as if the others had never been made") {
    const auto terms = terms_with(Increments::fixed(amount_of(5)));
    const RisingPrice rising(terms, amount_of(50));
    CHECK(rising.replay({}) == rising.nobody());
    CHECK(rising.replay({at_most("ann", 100), at_most("bob", 80)}) ==
          Lead{"ann", amount_of(85), amount_of(100)});
    CHECK(rising.replay({at_most("ann", 100)}) == Lead{"ann", amount_of(50), amount_of(100)});
}

}  // namespace
}  // namespace gavel::auction
