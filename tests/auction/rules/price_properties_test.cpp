#include <doctest/doctest.h>

#include <random>

#include "services/auction/rules/retraction.h"
#include "services/auction/rules/rising_price.h"
#include "tests/auction/rules/amounts.h"
#include "tests/auction/rules/reference_auction.h"

namespace gavel::auction {
namespace {

constexpr std::int64_t cent = 100;
constexpr std::int64_t hour_us = 3'600'000'000;

// Random auctions, small enough that bids meet, tie and fall short all the time.
class RandomAuction {
  public:
    explicit RandomAuction(std::uint64_t seed) : random_(seed) {
        terms.proxy = true;
        terms.currency = find_currency("EUR");
        switch (below(4)) {
            case 0: break;
            case 1: terms.increments = Increments::fixed({(1 + below(9)) * cent}); break;
            case 2: terms.increments = Increments::ebay(); break;
            default:
                terms.increments = {Increments::Kind::table,
                                    {{(starting_units + 20 * cent), 2 * cent},
                                     {(starting_units + 40 * cent), 5 * cent},
                                     {Increments::no_end, 9 * cent}}};
        }
        if (below(2) == 0) terms.reserve = Money{starting_units + (1 + below(60)) * cent};
    }

    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
    }

    Offer offer(std::int64_t time_us) {
        static const std::string bidders[] = {"ann", "bob", "cy", "dan"};
        const std::int64_t units = starting_units + (below(100) - 5) * cent;
        return {bidders[below(4)], {units}, below(3) > 0, time_us};
    }

    AuctionTerms terms;
    static constexpr std::int64_t starting_units = 50 * cent;

  private:
    std::mt19937_64 random_;
};

ReferenceAuction reference_of(const AuctionTerms& terms) {
    ReferenceAuction reference;
    reference.starting_bid = RandomAuction::starting_units;
    reference.reserve = terms.reserve ? terms.reserve->units : 0;
    reference.first_bid_may_be_starting_bid = terms.increments.kind != Increments::Kind::none;
    // Written out again: the table is data, but how it is read is part of what is tested.
    reference.step = [rows = terms.increments.rows](std::int64_t price) {
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
            const bool applies =
                std::next(row) == rows.rend() || price >= std::next(row)->below_units;
            if (applies) return row->step_units;
        }
        return cent;
    };
    return reference;
}

void check_same(const Lead& lead, const ReferenceAuction::State& state) {
    REQUIRE(lead.bidder == state.leader);
    REQUIRE(lead.price.units == state.price);
    REQUIRE(lead.maximum.units == state.maximum);
}

TEST_CASE("whatever is bid, the leader and the price are those of the reference") {
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
        CAPTURE(seed);
        RandomAuction random(seed);
        const RisingPrice rising(random.terms, {RandomAuction::starting_units});
        ReferenceAuction reference = reference_of(random.terms);
        Lead lead = rising.nobody();
        for (std::int64_t i = 0; i < 25; ++i) {
            const Offer offer = random.offer(i);
            const Ruling ruling = rising.rule(lead, offer);
            const bool took = ruling.kind != Ruling::Kind::too_low;
            const ReferenceAuction::Bid bid{offer.bidder, offer.amount.units, offer.is_maximum, i};
            REQUIRE(took == reference.would_take(bid));
            ++(took ? taken : refused);
            if (took) reference.taken.push_back(bid);
            // The price never falls, and never goes beyond what the leader would pay.
            REQUIRE(ruling.lead.price >= lead.price);
            REQUIRE(ruling.lead.price <= ruling.lead.maximum);
            // What did not move the price changed nothing that others can see.
            if (ruling.kind != Ruling::Kind::moved) {
                REQUIRE(ruling.lead.price == lead.price);
                REQUIRE(ruling.lead.bidder == lead.bidder);
                REQUIRE_FALSE(ruling.spent);
            }
            // A maximum is shown only when it has been bid in full, by one who does not lead.
            if (ruling.spent) {
                REQUIRE(*ruling.spent <= ruling.lead.price);
                REQUIRE(*ruling.spent <= ruling.lead.maximum);
            }
            lead = ruling.lead;
            check_same(lead, reference.state());
        }
    }
    // The auctions were lively ones.
    CHECK(taken > 10'000);
    CHECK(refused > 10'000);
}

TEST_CASE("whatever is taken back, the price is what the remaining bids alone come to") {
    std::size_t fallen = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        CAPTURE(seed);
        RandomAuction random(seed);
        const RisingPrice rising(random.terms, {RandomAuction::starting_units});
        ReferenceAuction reference = reference_of(random.terms);
        const std::int64_t closing_time_us = 20 * hour_us;
        std::vector<Offer> offers;
        Lead lead = rising.nobody();
        for (std::int64_t i = 0; i < 40; ++i) {
            const std::int64_t now_us = i * hour_us / 2;
            if (random.below(5) > 0) {
                const Offer offer = random.offer(now_us);
                const Ruling ruling = rising.rule(lead, offer);
                lead = ruling.lead;
                if (ruling.kind == Ruling::Kind::too_low) continue;
                offers.push_back(offer);
                reference.taken.push_back(
                    {offer.bidder, offer.amount.units, offer.is_maximum, now_us});
                continue;
            }
            const std::string bidder = random.offer(0).bidder;
            const auto retraction = retract(offers, bidder, now_us, closing_time_us);
            if (retraction.kind != Retraction::Kind::retracted) continue;
            offers = retraction.left;
            auto& taken = reference.taken;
            if (closing_time_us - now_us > 12 * hour_us) {
                std::erase_if(taken, [&](const auto& bid) { return bid.bidder == bidder; });
            } else {
                for (std::size_t last = taken.size(); last-- > 0;) {
                    if (taken[last].bidder != bidder) continue;
                    taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(last));
                    break;
                }
            }
            const Lead before = lead;
            lead = rising.replay(offers);
            // It can only fall: what others had bid was not held up by what is gone.
            REQUIRE(lead.price <= before.price);
            if (lead.price < before.price) ++fallen;
            check_same(lead, reference.state());
        }
    }
    CHECK(fallen > 500);
}

}  // namespace
}  // namespace gavel::auction
