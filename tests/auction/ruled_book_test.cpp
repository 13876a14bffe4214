#include <doctest/doctest.h>

#include "services/auction/auction_book.h"
#include "services/auction/house_rules.h"
#include "services/auction/public_rules.h"
#include "tests/auction/ruled_commands.h"

namespace gavel::auction {
namespace {

using Code = OutcomeCode;

// A book with one auction at 50 that lasts an hour.
struct RuledBook : StampedBook {
    explicit RuledBook(AuctionTerms terms, std::int64_t duration_seconds = 3'600)
        : id(apply(create(std::move(terms), 50, duration_seconds)).outcome.auction_id) {}

    const Auction& auction() const { return at(id); }
    Code code_of(Command command) { return apply(std::move(command)).outcome.code; }
    // The result as everyone sees it.
    std::string result() const { return public_result(auction()); }

    AuctionId id;
};

TEST_CASE("a duel of maximums is shown as the bids that it comes to, and no maximum is") {
    RuledBook b(proxy_terms());
    CHECK(told(b.apply(maximum(b.id, "ann", 100))) == "bid");
    CHECK(told(b.apply(bid(b.id, "bob", 60))) == "bid bid");
    CHECK(shown_bids(b.auction()) == "ann 50, bob 60, ann 65 automatic");
    CHECK(told(b.apply(maximum(b.id, "ann", 150))) == "");
    const auto applied = b.apply(maximum(b.id, "bob", 200));
    CHECK(applied.outcome.code == Code::accepted);
    CHECK(applied.outcome.bid_count == 5);
    CHECK(shown_bids(b.auction()) ==
          "ann 50, bob 60, ann 65 automatic, ann 150 automatic, bob 155");
    CHECK(public_moment(b.auction(), 5) == R"("min_next_bid":160.0)");
    CHECK(public_moment(b.auction(), 1) == R"("min_next_bid":55.0)");
    CHECK(b.code_of(maximum(b.id, "cy", 159)) == Code::too_low);
}

TEST_CASE("a plain auction takes no maximum, is not for sale, and gives nothing back") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    CHECK(b.apply(maximum(id, "ann", 60)).outcome.code == Code::no_maximums);
    CHECK(b.apply(buy_now(id, "ann")).outcome.code == Code::not_for_sale);
    CHECK(b.apply(retract(id, "ann")).outcome.code == Code::no_retractions);
    CHECK(b.at(id).bids.empty());
    b.now_us += 60 * second_us;
    for (const auto& command : {maximum(id, "ann", 60), buy_now(id, "ann"), retract(id, "ann")}) {
        const auto outcome = b.apply(command).outcome;
        CHECK(outcome.code == Code::not_open);
        CHECK(outcome.status == AuctionStatus::ended);
    }
    for (const auto& command : {buy_now(9, "ann"), retract(9, "ann"), cancel(9)}) {
        CHECK(b.apply(command).outcome.code == Code::not_found);
    }
}

TEST_CASE("a bid of a bulk request may be a maximum, too") {
    RuledBook b(proxy_terms());
    Command command = bids(b.id, {{"ann", 100}, {"bob", 52}, {"bob", 70}});
    auto& offers = std::get<PlaceBids>(command.action).offers;
    offers[0].is_maximum = true;
    const auto applied = b.apply(command);
    REQUIRE(applied.outcome.bids.size() == 3);
    CHECK(applied.outcome.bids[0] == BidOutcome{Code::accepted, AuctionStatus::open, 1});
    CHECK(applied.outcome.bids[1] == BidOutcome{Code::too_low, AuctionStatus::open, 1});
    CHECK(applied.outcome.bids[2] == BidOutcome{Code::accepted, AuctionStatus::open, 3});
    CHECK(shown_bids(b.auction()) == "ann 50, bob 70, ann 75 automatic");
}

TEST_CASE("what the auction's own rules refuse changes nothing") {
    AuctionTerms terms;
    terms.seller = "sue";
    terms.currency = find_currency("JPY");
    RuledBook b(terms);
    const std::string before = b.book.serialize();
    CHECK(b.code_of(bid(b.id, "sue", 60)) == Code::seller_bids);
    CHECK(b.code_of(buy_now(b.id, "sue")) == Code::seller_bids);
    CHECK(b.code_of(maximum(b.id, "ann", 60)) == Code::no_maximums);
    Command fine = bid(b.id, "ann", 60);
    std::get<PlaceBid>(fine.action).amount.units += 5'000;
    CHECK(b.code_of(fine) == Code::too_fine);
    Command known = bid(b.id, "ann", 60);
    known.caller = "sue";
    CHECK(b.code_of(known) == Code::seller_bids);
    CHECK(b.auction().bids.empty());
    known.caller = "ann";
    CHECK(b.code_of(known) == Code::accepted);
}

TEST_CASE("a bid that changes the price near the end moves it, and a refused one never does") {
    auto terms = proxy_terms();
    terms.soft_close = SoftClose{60, 120, 2, 0};
    RuledBook b(terms);
    const std::int64_t end_us = b.auction().closing_time_us;
    CHECK(told(b.apply(maximum(b.id, "ann", 100))) == "bid");
    b.now_us = end_us - 30 * second_us;
    CHECK(b.code_of(bid(b.id, "bob", 54)) == Code::too_low);
    CHECK(b.code_of(maximum(b.id, "ann", 150)) == Code::accepted);  // the price is as before
    CHECK(b.auction().closing_time_us == end_us);
    const auto applied = b.apply(bid(b.id, "bob", 60));
    CHECK(told(applied) == "bid bid extended");
    CHECK(applied.events.back().bid_number == 2);
    CHECK(b.auction().closing_time_us == end_us + 90 * second_us);
    CHECK(b.book.next_closing_time_us() == end_us + 90 * second_us);
    CHECK(public_moment(b.auction(), 1) == R"("min_next_bid":55.0,"extensions":0)");
    CHECK(public_moment(b.auction(), 3) == R"("min_next_bid":70.0,"extensions":1)");

    b.now_us = end_us;  // the old end
    CHECK(b.code_of(expire(b.id)) == Code::ignored);
    b.now_us = end_us + 89 * second_us;
    CHECK(told(b.apply(bid(b.id, "bob", 70))) == "bid bid extended");
    b.now_us = b.auction().closing_time_us - 1;
    CHECK(told(b.apply(bid(b.id, "bob", 80))) == "bid bid");  // twice at most
    b.now_us += 1;
    CHECK(b.code_of(bid(b.id, "bob", 90)) == Code::not_open);
    CHECK(told(b.apply(expire(b.id))) == "ended");
    CHECK(b.result() == R"("outcome":"SOLD","winner":"ann","price":85.0,"extensions":2)");
}

TEST_CASE("a hard end before the end is refused at the create, prepared or not") {
    auto terms = proxy_terms();
    terms.soft_close = SoftClose{60, 120, 2, start_us + 3'599 * second_us};
    StampedBook b;
    CHECK(b.apply(create(terms, 50)).outcome.code == Code::ends_before_it_does);
    CHECK(b.apply(prepare("t", create(terms, 50))).outcome.code == Code::ends_before_it_does);
    CHECK(b.book.auctions().empty());
    terms.soft_close->hard_end_us += second_us;
    CHECK(b.apply(create(terms, 50)).outcome.code == Code::accepted);
    // Counted from the opening, when that comes later.
    terms.opens_at_us = start_us + second_us;
    CHECK(b.apply(create(terms, 50)).outcome.code == Code::ends_before_it_does);
}

TEST_CASE("before its opening time an auction takes no bid, from then on it does") {
    AuctionTerms terms;
    terms.opens_at_us = start_us + 600 * second_us;
    SUBCASE("as it is told when its time comes") {
        RuledBook b(terms);
        CHECK(b.auction().status == AuctionStatus::scheduled);
        CHECK(b.auction().closing_time_us == start_us + 4'200 * second_us);
        CHECK(b.book.next_closing_time_us() == terms.opens_at_us);
        const auto early = b.apply(bid(b.id, "ann", 60)).outcome;
        CHECK(early.code == Code::not_open);
        CHECK(early.status == AuctionStatus::scheduled);
        CHECK(b.code_of(expire(b.id)) == Code::ignored);
        b.now_us = terms.opens_at_us;
        CHECK(b.book.due_to_end(b.now_us, 9) == std::vector<AuctionId>{b.id});
        CHECK(told(b.apply(expire(b.id))) == "opened");
        CHECK(b.auction().status == AuctionStatus::open);
        CHECK(b.book.next_closing_time_us() == b.auction().closing_time_us);
        CHECK(b.code_of(bid(b.id, "ann", 60)) == Code::accepted);
    }
    SUBCASE("by a bid that comes first") {
        RuledBook b(terms);
        b.now_us = terms.opens_at_us;
        CHECK(told(b.apply(bid(b.id, "ann", 60))) == "opened bid");
        CHECK(b.code_of(expire(b.id)) == Code::ignored);
    }
    SUBCASE("and when the clock jumps over all of it, it opens and ends") {
        RuledBook b(terms);
        b.now_us = start_us + 5'000 * second_us;
        CHECK(told(b.apply(expire(b.id))) == "opened ended");
        CHECK(b.result() == R"("outcome":"UNSOLD")");
        CHECK_FALSE(b.book.next_closing_time_us());
    }
    SUBCASE("closed by hand it never opens") {
        RuledBook b(terms);
        CHECK(told(b.apply(close(b.id))) == "closed");
        b.now_us = terms.opens_at_us;
        CHECK(b.code_of(bid(b.id, "ann", 60)) == Code::not_open);
        CHECK(b.code_of(expire(b.id)) == Code::ignored);
    }
    SUBCASE("a time that has passed is now") {
        terms.opens_at_us = start_us - 1;
        RuledBook b(terms);
        CHECK(b.auction().status == AuctionStatus::open);
        CHECK(b.auction().closing_time_us == start_us + 3'600 * second_us);
    }
}

TEST_CASE("buying it now sells the auction at its price, while it is offered") {
    auto terms = proxy_terms();
    terms.buy_now_price = money(200);
    SUBCASE("until the first bid") {
        RuledBook b(terms);
        CHECK(public_moment(b.auction(), 0) == R"("min_next_bid":50,"can_buy_now":true)");
        CHECK(b.code_of(maximum(b.id, "ann", 500)) == Code::accepted);
        CHECK(b.code_of(buy_now(b.id, "bob")) == Code::not_for_sale);
        CHECK(public_moment(b.auction(), 1) == R"("min_next_bid":55.0,"can_buy_now":false)");
    }
    SUBCASE("at once") {
        RuledBook b(terms);
        const auto applied = b.apply(buy_now(b.id, "bob"));
        CHECK(told(applied) == "bid closed");
        CHECK(applied.outcome.code == Code::accepted);
        CHECK(applied.outcome.status == AuctionStatus::bought);
        CHECK(b.result() == R"("outcome":"SOLD","winner":"bob","price":200)");
        CHECK(b.code_of(bid(b.id, "ann", 300)) == Code::not_open);
        CHECK(b.code_of(buy_now(b.id, "ann")) == Code::not_open);
        CHECK_FALSE(b.book.next_closing_time_us());
    }
    SUBCASE("beside the bids, where a bid that reaches the price buys at it") {
        terms.buy_now_policy = BuyNowPolicy::always;
        RuledBook b(terms);
        CHECK(b.code_of(maximum(b.id, "ann", 199)) == Code::accepted);
        CHECK(told(b.apply(maximum(b.id, "bob", 300))) == "bid closed");
        CHECK(b.result() == R"("outcome":"SOLD","winner":"bob","price":200)");
    }
}

TEST_CASE("a reserve that is not met leaves the auction unsold") {
    auto terms = proxy_terms();
    terms.reserve = money(80);
    RuledBook b(terms);
    CHECK(b.code_of(bid(b.id, "ann", 70)) == Code::accepted);
    CHECK(public_moment(b.auction(), 1) == R"("min_next_bid":75.0,"reserve_met":false)");
    SUBCASE("not met") {
        b.apply(close(b.id));
        CHECK(b.result() == R"("outcome":"UNSOLD","reserve_met":false)");
    }
    SUBCASE("met by a maximum, which lifts the price to it") {
        CHECK(b.code_of(maximum(b.id, "bob", 90)) == Code::accepted);
        CHECK(b.auction().current_bid() == money(80));
        b.apply(close(b.id));
        CHECK(b.result() == R"("outcome":"SOLD","winner":"bob","price":80.0,"reserve_met":true)");
    }
}

TEST_CASE("in a Dutch auction the first to accept the falling price wins") {
    RuledBook b(format_terms(Format::dutch));
    CHECK(b.code_of(bid(b.id, "ann", 49)) == Code::too_low);
    CHECK(b.code_of(maximum(b.id, "ann", 90)) == Code::no_maximums);
    b.now_us += 61 * second_us;  // 40
    SUBCASE("by a bid, which pays the price and no more") {
        CHECK(told(b.apply(bid(b.id, "ann", 45))) == "bid closed");
        CHECK(b.result() == R"("outcome":"SOLD","winner":"ann","price":40.0)");
    }
    SUBCASE("by accepting whatever it is") {
        CHECK(told(b.apply(buy_now(b.id, "ann"))) == "bid closed");
        CHECK(b.auction().current_bid() == money(40));
        CHECK(b.auction().status == AuctionStatus::bought);
    }
    SUBCASE("nobody") {
        b.now_us = b.auction().closing_time_us;
        CHECK(b.code_of(buy_now(b.id, "ann")) == Code::not_open);
        CHECK(told(b.apply(expire(b.id))) == "ended");
        CHECK(b.result() == R"("outcome":"UNSOLD")");
    }
}

// An auction with hidden bids: ann 80 after 70, bob 90 after which he would bid less, cy 60.
RuledBook with_hidden_bids(Format format) {
    RuledBook b(format_terms(format));
    CHECK(b.code_of(bid(b.id, "ann", 49)) == Code::too_low);
    for (const auto& command : {bid(b.id, "ann", 70), bid(b.id, "bob", 90), bid(b.id, "cy", 60),
                                bid(b.id, "ann", 80), bid(b.id, "bob", 55)}) {
        const auto applied = b.apply(command);
        CHECK(applied.outcome.code == Code::accepted);
        CHECK(applied.outcome.bid_count == 0);
        CHECK(applied.events.empty());
    }
    CHECK(b.auction().current_bid() == money(50));
    CHECK(b.auction().highest_bidder().empty());
    return b;
}

TEST_CASE("hidden bids are told to nobody until the end, when all of them are") {
    SUBCASE("first-price: the winner pays the own bid") {
        RuledBook b = with_hidden_bids(Format::sealed_first_price);
        b.now_us = b.auction().closing_time_us;
        CHECK(told(b.apply(expire(b.id))) == "bid bid bid ended");
        CHECK(shown_bids(b.auction()) == "cy 60, ann 80, bob 90");
        CHECK(b.result() == R"("outcome":"SOLD","winner":"bob","price":90)");
    }
    SUBCASE("Vickrey: the winner pays the second bid, and the own one stays hidden") {
        RuledBook b = with_hidden_bids(Format::vickrey);
        CHECK(told(b.apply(close(b.id))) == "bid bid bid closed");
        CHECK(shown_bids(b.auction()) == "cy 60, ann 80, bob 80");
        CHECK(b.result() == R"("outcome":"SOLD","winner":"bob","price":80)");
    }
    SUBCASE("never, when it is cancelled") {
        RuledBook b = with_hidden_bids(Format::vickrey);
        CHECK(told(b.apply(cancel(b.id))) == "closed");
        CHECK(b.auction().bids.empty());
        CHECK(b.result() == R"("outcome":"CANCELLED")");
    }
}

TEST_CASE("a retraction computes the price again, and everyone sees it") {
    auto terms = proxy_terms();
    terms.retractions = true;
    RuledBook b(terms, 24 * 3'600);
    CHECK(b.code_of(retract(b.id, "ann")) == Code::nothing_to_retract);
    b.apply(maximum(b.id, "ann", 100));
    b.apply(maximum(b.id, "bob", 200));
    b.apply(bid(b.id, "cy", 150));
    CHECK(b.auction().current_bid() == money(155));
    CHECK(told(b.apply(retract(b.id, "bob"))) == "retracted");
    CHECK(b.auction().highest_bidder() == "cy");
    CHECK(b.auction().current_bid() == money(150));
    CHECK(told(b.apply(retract(b.id, "cy"))) == "retracted");
    CHECK(b.auction().highest_bidder() == "ann");
    CHECK(b.auction().current_bid() == money(50));
    CHECK(told(b.apply(retract(b.id, "ann"))) == "retracted");
    CHECK(shown_bids(b.auction()) ==
          "ann 50, ann 100 automatic, bob 105, cy 150, bob 155 automatic, "
          "cy 150 retracted by bob, ann 50 retracted by cy, - 50 retracted by ann");
    // As if nothing had been bid.
    CHECK(public_moment(b.auction(), 8) == R"("min_next_bid":50)");
    CHECK(b.code_of(bid(b.id, "dan", 50)) == Code::accepted);
    b.now_us += 12 * 3'600 * second_us;  // twelve hours are left, and the bid is as old
    CHECK(b.code_of(retract(b.id, "dan")) == Code::too_late_to_retract);
    b.apply(bid(b.id, "dan", 70));
    CHECK(told(b.apply(retract(b.id, "dan"))) == "retracted");
    CHECK(b.auction().current_bid() == money(50));
    b.apply(close(b.id));
    CHECK(b.code_of(retract(b.id, "dan")) == Code::not_open);
    CHECK(b.result() == R"("outcome":"SOLD","winner":"dan","price":50)");
}

TEST_CASE("a cancelled auction is over, whatever was bid, and was cancelled once") {
    RuledBook b(proxy_terms());
    b.apply(bid(b.id, "ann", 60));
    CHECK(told(b.apply(cancel(b.id))) == "closed");
    CHECK(b.result() == R"("outcome":"CANCELLED")");
    CHECK(told(b.apply(cancel(b.id))) == "");
    CHECK(b.code_of(cancel(b.id)) == Code::accepted);
    CHECK(b.code_of(bid(b.id, "ann", 90)) == Code::not_open);
    const auto plain = b.make("Desk", 5);
    CHECK(told(b.apply(cancel(plain))) == "closed");
    const auto ended = b.make("Chair", 5, 1);
    b.now_us += second_us;
    CHECK(b.code_of(cancel(ended)) == Code::not_open);
}

TEST_CASE("who would win if it were closed now is known before it is") {
    auto terms = proxy_terms();
    terms.reserve = money(80);
    RuledBook b(terms);
    CHECK(winner_if_closed(b.auction()) == "");
    b.apply(maximum(b.id, "ann", 79));
    CHECK(winner_if_closed(b.auction()) == "");
    b.apply(maximum(b.id, "bob", 84));
    CHECK(winner_if_closed(b.auction()) == "bob");
    CHECK(winner_if_closed(with_hidden_bids(Format::vickrey).auction()) == "bob");
    CHECK(winner_if_closed(RuledBook(format_terms(Format::vickrey)).auction()) == "");
    const auto plain = b.make("Desk", 5);
    b.apply(bid(plain, "cy", 6));
    CHECK(winner_if_closed(b.at(plain)) == "cy");
}

TEST_CASE("in a transaction nothing is bought, taken back or cancelled") {
    auto terms = proxy_terms();
    terms.retractions = true;
    terms.buy_now_price = money(200);
    RuledBook b(terms);
    b.apply(bid(b.id, "ann", 60));
    REQUIRE(b.code_of(prepare_close("t1", b.id)) == Code::prepared);
    for (const auto& command : {buy_now(b.id, "bob"), retract(b.id, "ann"), cancel(b.id)}) {
        CHECK(b.code_of(command) == Code::in_transaction);
    }
    CHECK(b.code_of(maximum(b.id, "bob", 90)) == Code::frozen);
    CHECK(b.code_of(commit("t1")) == Code::accepted);
    CHECK(b.result() == R"("outcome":"SOLD","winner":"ann","price":60)");
}

TEST_CASE("an auction that has yet to open can be closed in a transaction, or opens after it") {
    AuctionTerms terms;
    terms.opens_at_us = start_us + 600 * second_us;
    RuledBook b(terms);
    REQUIRE(b.code_of(prepare_close("t1", b.id)) == Code::prepared);
    CHECK_FALSE(b.book.next_closing_time_us());
    const AuctionBook read = AuctionBook::deserialize(b.book.serialize());
    CHECK(read.serialize() == b.book.serialize());
    CHECK_FALSE(read.next_closing_time_us());
    SUBCASE("committed") {
        const auto applied = b.apply(commit("t1"));
        CHECK(told(applied) == "closed");
        CHECK(b.result() == R"("outcome":"UNSOLD")");
    }
    SUBCASE("aborted before the opening") {
        b.apply(abort("t1"));
        CHECK(b.book.next_closing_time_us() == terms.opens_at_us);
    }
    SUBCASE("aborted after it") {
        b.now_us = terms.opens_at_us;
        CHECK(b.code_of(expire(b.id)) == Code::ignored);
        CHECK(told(b.apply(abort("t1"))) == "opened");
        CHECK(b.book.next_closing_time_us() == b.auction().closing_time_us);
    }
}

TEST_CASE("a create with rules that was prepared counts from its commit") {
    AuctionTerms terms;
    terms.opens_at_us = start_us + 10 * second_us;
    StampedBook b;
    const auto id = b.apply(prepare("t1", create(terms, 50, 60))).outcome.auction_id;
    b.now_us += 30 * second_us;
    b.apply(commit("t1"));
    CHECK(b.at(id).status == AuctionStatus::open);
    CHECK(b.at(id).proceedings->opened_us == b.now_us);
    CHECK(b.at(id).closing_time_us == b.now_us + 60 * second_us);
}

TEST_CASE("what its rules refused is refused again under the same key") {
    RuledBook b(format_terms(Format::vickrey));
    const Command command = with_key(maximum(b.id, "ann", 60), "k1");
    CHECK(b.code_of(command) == Code::no_maximums);
    CHECK(b.book.first_outcome(*command.idempotency)->code == Code::no_maximums);
    const AuctionBook read = AuctionBook::deserialize(b.book.serialize());
    CHECK(read.first_outcome(*command.idempotency)->code == Code::no_maximums);
}

TEST_CASE("what everyone is told of the rules names no reserve") {
    AuctionTerms terms;
    terms.currency = find_currency("EUR");
    terms.seller = "sue";
    terms.increments = {Increments::Kind::table, {{500'000, 10'000}, {Increments::no_end, 25'000}}};
    terms.proxy = true;
    terms.reserve = money(77);
    terms.buy_now_price = money(200);
    terms.soft_close = SoftClose{60, 120, 3, start_us + 9'000 * second_us};
    terms.opens_at_us = start_us + 5 * second_us;
    terms.retractions = true;
    RuledBook b(terms);
    CHECK(public_terms(b.auction()) ==
          R"("format":"english","currency":"EUR","seller":"sue",)"
          R"("increments":[{"below":50.0,"step":1.0},{"step":2.5}],"proxy":true,)"
          R"("buy_now_price":200,"buy_now_policy":"until_first_bid",)"
          R"("soft_close":{"window_seconds":60,"extension_seconds":120,"max_times":3,)"
          R"("hard_end":1700009000.0},"opens_at":1700000005.0,"retractions":true)");
    RuledBook dutch(format_terms(Format::dutch));
    CHECK(public_terms(dutch.auction()) ==
          R"("format":"dutch","opens_at":1700000000.0,)"
          R"("dutch":{"floor":20,"step":10,"interval_seconds":60})");
    CHECK(public_moment(dutch.auction(), 0) == "");
    RuledBook sealed(format_terms(Format::vickrey));
    CHECK(public_moment(sealed.auction(), 0) == R"("min_next_bid":50)");
}

TEST_CASE("a clock that jumps reopens nothing, closes nothing twice, and moves no end") {
    AuctionTerms terms = proxy_terms();
    terms.soft_close = SoftClose{60, 120, 3, 0};
    RuledBook b(terms);
    b.now_us += 3'590 * second_us;
    CHECK(told(b.apply(bid(b.id, "ann", 60))) == "bid extended");
    const std::int64_t end_us = b.auction().closing_time_us;
    CHECK(end_us == b.now_us + 120 * second_us);

    // Back by an hour: for the book no time has passed, so the end is what it was.
    b.now_us -= 3'600 * second_us;
    CHECK(told(b.apply(bid(b.id, "bob", 70))) == "bid");
    CHECK(told(b.apply(expire(b.id))) == "");
    CHECK(b.auction().closing_time_us == end_us);

    // Forwards by a day: it is over, once.
    b.now_us += 86'400 * second_us;
    CHECK(b.code_of(bid(b.id, "cy", 80)) == Code::not_open);
    CHECK(told(b.apply(expire(b.id))) == "ended");
    const std::string result = b.result();

    // Back to when it was open: it stays over.
    b.now_us -= 86'400 * second_us;
    CHECK(b.code_of(bid(b.id, "cy", 80)) == Code::not_open);
    CHECK(b.code_of(retract(b.id, "bob")) == Code::not_open);
    CHECK(told(b.apply(expire(b.id))) == "");
    CHECK(told(b.apply(close(b.id))) == "");
    CHECK(b.auction().closing_time_us == end_us);
    CHECK(b.auction().proceedings->extensions.size() == 1);
    CHECK(b.result() == result);
}

TEST_CASE("a clock that jumps opens a scheduled auction once, and never closes it again for bids") {
    AuctionTerms terms;
    terms.opens_at_us = start_us + 3'600 * second_us;
    RuledBook b(terms);
    const std::int64_t end_us = b.auction().closing_time_us;
    b.now_us += 4'000 * second_us;
    CHECK(told(b.apply(expire(b.id))) == "opened");
    b.now_us -= 4'000 * second_us;
    CHECK(told(b.apply(bid(b.id, "ann", 60))) == "bid");
    b.now_us += 4'000 * second_us;
    CHECK(told(b.apply(expire(b.id))) == "");
    CHECK(b.auction().closing_time_us == end_us);
}

TEST_CASE("a falling price does not rise again when the clock goes back") {
    RuledBook b(format_terms(Format::dutch));
    b.now_us += 120 * second_us;
    CHECK(b.code_of(bid(b.id, "ann", 29)) == Code::too_low);
    b.now_us -= 120 * second_us;
    CHECK(b.code_of(bid(b.id, "bob", 30)) == Code::accepted);
    CHECK(b.auction().current_bid() == money(30));
}

}  // namespace
}  // namespace gavel::auction
