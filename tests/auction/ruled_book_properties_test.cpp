#include <doctest/doctest.h>

#include <random>

#include "services/auction/auction_book.h"
#include "services/auction/house_rules.h"
#include "services/auction/live_book.h"
#include "services/auction/proof.h"
#include "services/auction/proof_check.h"
#include "services/auction/rules/buy_now.h"
#include "tests/auction/ruled_commands.h"
#include "tests/auction/rules/reference_auction.h"

namespace gavel::auction {
namespace {

// Random commands about random auctions, all rules on or off by chance; stamps that mostly rise.
class RandomHouse {
  public:
    explicit RandomHouse(std::uint64_t seed) : random_(seed) {}

    Command next(const AuctionBook& book) {
        Command command = any(book);
        stamp_us_ += (below(20) - 2) * second_us;  // a clock that is set back now and then
        if (below(60) == 0) stamp_us_ += 1'800 * second_us;
        command.stamp_us = stamp_us_;
        return command;
    }

    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
    }
    std::string bidder() { return std::string(1, static_cast<char>('a' + below(5))); }

  private:
    Command any(const AuctionBook& book) {
        const auto& auctions = book.auctions();
        if (auctions.empty() || below(25) == 0) return some_create();
        const AuctionId id =
            auctions[static_cast<std::size_t>(below(static_cast<std::int64_t>(auctions.size())))]
                ->id;
        switch (below(20)) {
            case 0: return expire(id);
            case 1: return below(8) == 0 ? close(id) : expire(id);
            case 2: return below(8) == 0 ? cancel(id) : expire(id);
            case 3: return below(4) == 0 ? buy_now(id, bidder()) : expire(id);
            case 4:
            case 5: return retract(id, bidder());
            case 6:
            case 7: {
                Command command =
                    bids(id, {{bidder(), 50 + below(60)}, {bidder(), 50 + below(60)}});
                std::get<PlaceBids>(command.action).offers[0].is_maximum = below(2) == 0;
                return command;
            }
            default:
                return below(2) == 0 ? bid(id, bidder(), 45 + below(70))
                                     : maximum(id, bidder(), 45 + below(70));
        }
    }

    Command some_create() {
        if (below(6) == 0) return create("Lamp", 50, below(2) * 600);
        AuctionTerms terms;
        if (below(3) == 0) terms.seller = bidder();
        if (below(3) == 0) terms.currency = find_currency("EUR");
        if (below(3) == 0) terms.opens_at_us = stamp_us_ + (below(60) - 10) * second_us;
        terms.format = static_cast<Format>(below(8) < 5 ? 0 : 1 + below(3));
        if (terms.format == Format::dutch) terms.dutch = DutchFall{money(20), money(3), 10};
        if (terms.format != Format::dutch && below(2) == 0) terms.reserve = money(51 + below(40));
        if (terms.format == Format::english) {
            terms.increments =
                below(2) == 0 ? Increments::ebay() : Increments::fixed(money(1 + below(5)));
            terms.proxy = below(4) > 0;
            terms.retractions = below(2) == 0;
            if (below(3) == 0) terms.buy_now_price = money(95 + below(30));
            if (below(2) == 0 && terms.buy_now_price) terms.buy_now_policy = BuyNowPolicy::always;
            if (below(2) == 0) terms.soft_close = SoftClose{120, 60 + below(120), 3, 0};
        }
        if (terms == AuctionTerms()) terms.seller = std::string(1, 'z');
        return with_seed(create(terms, 50, 300 + below(3) * 300));
    }

    std::mt19937_64 random_;
    std::int64_t stamp_us_ = start_us;
};

bool moves_no_end(OutcomeCode code) {
    return code != OutcomeCode::accepted;
}

// What holds between an auction before a step and after it.
void check_step(const Auction& before, const Auction& after) {
    // The list of bids is only appended to, and says what the auction was at any time.
    REQUIRE(after.bids.size() >= before.bids.size());
    REQUIRE(std::equal(before.bids.begin(), before.bids.end(), after.bids.begin()));
    // What is over stays so, as it is.
    if (contract::is_over(before.status)) REQUIRE(after == before);
    if (after.proceedings == nullptr) return;
    const auto& proceedings = *after.proceedings;
    const bool rises = proceedings.terms.format == Format::english;
    for (std::size_t n = before.bids.size(); n < after.bids.size() && rises; ++n) {
        const auto* remark = proceedings.remark_on(static_cast<std::uint32_t>(n));
        const bool retracted = remark != nullptr && !remark->retracted_by.empty();
        const Money price = n == 0 ? after.starting_bid : after.bids[n - 1].amount;
        // The price never falls but by a retraction.
        if (!retracted) REQUIRE(after.bids[n].amount >= price);
        if (!retracted) REQUIRE(after.bids[n].bidder != proceedings.terms.seller);
    }
    if (rises && !after.highest_bidder().empty()) {
        REQUIRE(after.current_bid() <= proceedings.maximum);
        if (proceedings.terms.buy_now_price &&
            proceedings.terms.buy_now_policy == BuyNowPolicy::always) {
            REQUIRE(after.current_bid() <= *proceedings.terms.buy_now_price);
        }
    }
    // The end never moves forwards in time but by an extension, and never backwards.
    REQUIRE(after.closing_time_us >= before.closing_time_us);
    REQUIRE(proceedings.extensions.size() <= 3);
    // Hidden is hidden.
    if (proceedings.terms.is_sealed() && !contract::is_over(after.status)) {
        REQUIRE(after.bids.empty());
    }
}

TEST_CASE("whatever is asked of auctions with rules, every step keeps them") {
    std::size_t sold = 0;
    std::size_t unsold = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        RandomHouse random(seed);
        LiveBook live;
        for (int step = 0; step < 1'500; ++step) {
            const Command command = random.next(live.book());
            std::vector<Auction> before;
            for (const auto& auction : live.book().auctions()) before.push_back(*auction);
            const auto taken = live.apply(command);
            for (std::size_t i = 0; i < before.size(); ++i) {
                const Auction& after = *live.book().auctions()[i];
                check_step(before[i], after);
                const bool concerned = after.id == taken.outcome.auction_id;
                if (concerned && moves_no_end(taken.outcome.code) &&
                    taken.outcome.code != OutcomeCode::bulk) {
                    REQUIRE(after.closing_time_us == before[i].closing_time_us);
                }
            }
        }
        for (const auto& auction : live.book().auctions()) {
            if (auction->proceedings == nullptr) continue;
            const auto kind = result_of(*auction).kind;
            if (kind == AuctionResult::Kind::sold) ++sold;
            if (kind == AuctionResult::Kind::unsold) ++unsold;
        }
    }
    CHECK(sold > 50);
    CHECK(unsold > 50);
}

TEST_CASE("a book that was stored goes on as one that was not, and shows the same") {
    for (std::uint64_t seed = 21; seed <= 24; ++seed) {
        CAPTURE(seed);
        RandomHouse random(seed);
        LiveBook live;
        for (int step = 0; step < 1'200; ++step) {
            live.apply(random.next(live.book()));
            if (step % 100 != 99) continue;
            const std::string bytes = live.book().serialize();
            LiveBook read(AuctionBook::deserialize(bytes));
            REQUIRE(read.book().serialize() == bytes);
            REQUIRE(read.book().next_closing_time_us() == live.book().next_closing_time_us());
            for (const auto& auction : live.book().auctions()) {
                const auto* shown = live.document(auction->id);
                const auto* shown_again = read.document(auction->id);
                for (std::uint32_t count = 0; count <= auction->bids.size(); ++count) {
                    std::string text;
                    std::string text_again;
                    shown->append_json(text, {count, auction->status});
                    shown_again->append_json(text_again, {count, auction->status});
                    REQUIRE(text == text_again);
                }
            }
            live = std::move(read);
        }
    }
}

TEST_CASE("the proof of every auction holds, whatever was asked of it") {
    std::size_t over = 0;
    for (std::uint64_t seed = 41; seed <= 60; ++seed) {
        CAPTURE(seed);
        RandomHouse random(seed);
        AuctionBook book;
        for (int step = 0; step < 600; ++step) {
            book.apply(random.next(book), book.last_index() + 1);
        }
        const std::string heads = heads_of(book, "log").rest();
        for (const auto& auction : book.auctions()) {
            if (hides_its_bids(*auction)) continue;
            const std::string proof = proof_of(*auction, "log");
            const ProofVerdict verdict = check_proof(proof, heads);
            CAPTURE(proof);
            REQUIRE_MESSAGE(verdict.holds(), verdict.faults[0].what);
            if (contract::is_over(auction->status)) ++over;
        }
    }
    CHECK(over > 200);
}

TEST_CASE("every shorter or altered snapshot is refused or is a book") {
    RandomHouse random(31);
    LiveBook live;
    for (int step = 0; step < 300; ++step) live.apply(random.next(live.book()));
    const std::string bytes = live.book().serialize();
    for (std::size_t size = 0; size < bytes.size(); size += 7) {
        CHECK_THROWS_AS(AuctionBook::deserialize(std::string_view(bytes).substr(0, size)),
                        MalformedBytes);
    }
    std::size_t read = 0;
    for (int i = 0; i < 5'000; ++i) {
        std::string altered = bytes;
        const auto at =
            static_cast<std::size_t>(random.below(static_cast<std::int64_t>(altered.size())));
        altered[at] = static_cast<char>(random.below(256));
        try {
            LiveBook book(AuctionBook::deserialize(altered));
            for (int step = 0; step < 5; ++step) book.apply(random.next(book.book()));
            ++read;
        } catch (const MalformedBytes&) {
        }
    }
    CHECK(read > 100);  // an amount or a letter of a name, for example
}

// English auctions with maximums, reserve and retractions, one book each, against the reference.
TEST_CASE("the winner and the price in the book are those of the reference") {
    std::size_t sold = 0;
    for (std::uint64_t seed = 101; seed <= 500; ++seed) {
        CAPTURE(seed);
        RandomHouse random(seed);
        AuctionTerms terms = proxy_terms();
        const std::int64_t step = 1 + random.below(6);
        terms.increments = Increments::fixed(money(step));
        terms.retractions = random.below(2) == 0;
        if (random.below(2) == 0) terms.reserve = money(51 + random.below(60));
        StampedBook b;
        // So long that everything of a bidder goes at a retraction.
        const AuctionId id = b.apply(create(terms, 50, 100 * 3'600)).outcome.auction_id;
        ReferenceAuction reference;
        reference.starting_bid = money(50).units;
        reference.reserve = terms.reserve ? terms.reserve->units : 0;
        reference.first_bid_may_be_starting_bid = true;
        reference.step = [&](std::int64_t) { return money(step).units; };
        for (int i = 0; i < 40; ++i) {
            const std::string bidder = random.bidder();
            const std::int64_t amount = 45 + random.below(80);
            const bool is_maximum = random.below(3) > 0;
            if (terms.retractions && random.below(12) == 0) {
                const auto code = b.apply(retract(id, bidder)).outcome.code;
                const auto gone = std::erase_if(
                    reference.taken, [&](const auto& taken) { return taken.bidder == bidder; });
                REQUIRE((code == OutcomeCode::accepted) == (gone > 0));
                continue;
            }
            const ReferenceAuction::Bid wish{bidder, money(amount).units, is_maximum, 0};
            const bool takes = reference.would_take(wish);
            const auto code =
                b.apply(is_maximum ? maximum(id, bidder, amount) : bid(id, bidder, amount))
                    .outcome.code;
            REQUIRE((code == OutcomeCode::accepted) == takes);
            if (takes) reference.taken.push_back(wish);
            const auto state = reference.state();
            REQUIRE(b.at(id).highest_bidder() == state.leader);
            REQUIRE(b.at(id).current_bid().units == state.price);
        }
        b.apply(close(id));
        const auto state = reference.state();
        const bool met = !state.leader.empty() && state.price >= reference.reserve;
        const auto result = result_of(b.at(id));
        REQUIRE((result.kind == AuctionResult::Kind::sold) == met);
        if (!met) continue;
        REQUIRE(result.winner == state.leader);
        REQUIRE(result.price.units == state.price);
        ++sold;
    }
    CHECK(sold > 50);
}

}  // namespace
}  // namespace gavel::auction
