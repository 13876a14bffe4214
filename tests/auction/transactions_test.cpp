#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/limits.h"
#include "services/auction/auction_book.h"
#include "services/auction/live_book.h"
#include "tests/auction/commands.h"

// Two-phase commit as the book sees it.
namespace gavel::auction {
namespace {

using Code = OutcomeCode;
using State = TransactionTable::State;
using Type = BookEvent::Type;

Command began_later(Command command) {
    std::get<PrepareTransaction>(command.action).began_us += 1;
    return command;
}

// ---- Creating ----

TEST_CASE("a prepared create has an id and is not visible; the commit makes it, and tells") {
    StampedBook b;
    const auto vote = b.apply(prepare_create("t", "Lamp", 50, 60));
    CHECK(vote.outcome.code == Code::prepared);
    CHECK(vote.events.empty());
    CHECK(b.book.auctions().empty());
    CHECK(b.book.find(vote.outcome.auction_id) == nullptr);
    CHECK(b.apply(bid(vote.outcome.auction_id, "ann", 60)).outcome.code == Code::not_found);
    const auto made = b.apply(commit("t"));
    CHECK(made.outcome.code == Code::accepted);
    CHECK(made.outcome.auction_id == vote.outcome.auction_id);
    REQUIRE(made.events.size() == 1);
    CHECK(made.events[0].type == Type::created);
    CHECK(b.at(vote.outcome.auction_id).name == "Lamp");
    CHECK(b.apply(bid(vote.outcome.auction_id, "ann", 60)).outcome.code == Code::accepted);
}

TEST_CASE("the duration of an auction counts from its commit") {
    StampedBook b;
    const auto id = b.apply(prepare_create("t", "Lamp", 50, 60)).outcome.auction_id;
    CHECK_FALSE(b.book.next_closing_time_us());
    b.now_us += 5 * second_us;
    CHECK(b.apply(commit("t")).events.at(0).time_us == start_us + 5 * second_us);
    CHECK(b.at(id).closing_time_us == start_us + 65 * second_us);
    CHECK(b.book.next_closing_time_us() == start_us + 65 * second_us);
}

TEST_CASE("an aborted create leaves nothing, and its id is not given again") {
    StampedBook b;
    const auto id = b.apply(prepare_create("t", "Lamp", 50)).outcome.auction_id;
    const auto aborted = b.apply(abort("t"));
    CHECK(aborted.outcome.code == Code::aborted);
    CHECK(aborted.outcome.auction_id == id);
    CHECK(aborted.events.empty());
    CHECK(b.book.auctions().empty());
    CHECK(b.make("Desk", 5) == id + 1);
}

TEST_CASE("ids are unique and rise with the prepares; auctions stand in the order of commits") {
    StampedBook b;
    const auto first = b.apply(prepare_create("t-1", "a", 1)).outcome.auction_id;
    const auto second = b.apply(prepare_create("t-2", "b", 1)).outcome.auction_id;
    const auto third = b.make("c", 1);
    CHECK(second == first + 1);
    CHECK(third == first + 2);
    b.apply(commit("t-2"));
    b.apply(commit("t-1"));
    std::vector<AuctionId> order;
    for (const auto& auction : b.book.auctions()) order.push_back(auction->id);
    CHECK(order == std::vector{third, second, first});
    // Also after the book was stored, and the next id is a new one.
    StampedBook read{AuctionBook::deserialize(b.book.serialize())};
    for (std::size_t i = 0; i < order.size(); ++i) {
        CHECK(read.book.auctions()[i]->id == order[i]);
    }
    CHECK(read.make("d", 1) == first + 3);
}

// ---- Closing ----

TEST_CASE("a prepared close freezes the auction at its leader, and the commit closes it") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.apply(bid(id, "ann", 60));
    const auto vote = b.apply(prepare_close("t", id));
    CHECK(vote.outcome.code == Code::prepared);
    CHECK(vote.outcome.bid_count == 1);
    CHECK(vote.events.empty());
    CHECK(b.book.is_frozen(id));
    const auto before = b.at(id);
    const auto frozen = b.apply(bid(id, "bob", 99));
    CHECK(frozen.outcome.code == Code::frozen);
    CHECK(frozen.events.empty());
    CHECK(b.apply(bids(id, {{"bob", 99}, {"cy", 100}})).outcome.code == Code::frozen);
    CHECK(b.at(id) == before);
    const auto closed = b.apply(commit("t"));
    CHECK(closed.outcome.code == Code::accepted);
    CHECK(closed.outcome.status == AuctionStatus::closed);
    CHECK(closed.outcome.bid_count == 1);
    REQUIRE(closed.events.size() == 1);
    CHECK(closed.events[0].type == Type::closed);
    CHECK_FALSE(b.book.is_frozen(id));
    CHECK(b.at(id).highest_bidder() == "ann");
    CHECK(b.apply(bid(id, "bob", 99)).outcome.status == AuctionStatus::closed);
}

TEST_CASE("an aborted close thaws the auction as it was") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.apply(prepare_close("t", id));
    const auto thawed = b.apply(abort("t"));
    CHECK(thawed.outcome.code == Code::aborted);
    CHECK(thawed.events.empty());
    CHECK_FALSE(b.book.is_frozen(id));
    CHECK(b.apply(bid(id, "bob", 99)).outcome.code == Code::accepted);
    CHECK(b.book.next_closing_time_us() == start_us + 60 * second_us);
    b.now_us += 60 * second_us;
    CHECK(b.apply(expire(id)).outcome.status == AuctionStatus::ended);
}

TEST_CASE("an auction does not end while it is frozen: the abort ends it, the commit closes it") {
    for (const bool committed : {false, true}) {
        StampedBook b;
        const auto id = b.make("Lamp", 50, 60);
        b.apply(bid(id, "ann", 60));
        b.apply(prepare_close("t", id));
        CHECK_FALSE(b.book.next_closing_time_us());
        b.now_us += 60 * second_us;
        CHECK(b.book.due_to_end(b.now_us, 9).empty());
        CHECK(b.apply(expire(id)).outcome.code == Code::ignored);
        // Too late for a bid, whatever is decided.
        const auto late = b.apply(bid(id, "bob", 99)).outcome;
        CHECK(late.code == Code::not_open);
        CHECK(late.status == AuctionStatus::ended);
        const auto decided = b.apply(committed ? commit("t") : abort("t"));
        REQUIRE(decided.events.size() == 1);
        CHECK(decided.events[0].type == (committed ? Type::closed : Type::ended));
        CHECK(b.at(id).status == (committed ? AuctionStatus::closed : AuctionStatus::ended));
        CHECK(b.at(id).highest_bidder() == "ann");
        CHECK(b.apply(expire(id)).events.empty());
    }
}

TEST_CASE("what a close would not change is answered at once, and nothing is frozen") {
    StampedBook b;
    const auto closed = b.make("Lamp", 50);
    b.apply(close(closed));
    const auto due = b.make("Desk", 50, 60);
    b.now_us += 60 * second_us;
    const auto vote = b.apply(prepare_close("t-1", closed));
    CHECK(vote.outcome.code == Code::accepted);
    CHECK(vote.outcome.status == AuctionStatus::closed);
    CHECK(vote.events.empty());
    // Its time has come: as a close by hand would, this ends it.
    const auto ended = b.apply(prepare_close("t-2", due));
    CHECK(ended.outcome.code == Code::accepted);
    CHECK(ended.outcome.status == AuctionStatus::ended);
    CHECK(ended.events.at(0).type == Type::ended);
    for (const char* transaction : {"t-1", "t-2"}) {
        CHECK(b.book.transactions().find(transaction)->state == State::aborted);
        CHECK(b.apply(abort(transaction)).outcome.code == Code::aborted);
        CHECK(b.apply(commit(transaction)).outcome.code == Code::contradicts);
    }
}

TEST_CASE("a close of what is not there is refused") {
    StampedBook b;
    CHECK(b.apply(prepare_close("t", 7)).outcome.code == Code::not_found);
    CHECK(b.apply(commit("t")).outcome.code == Code::contradicts);
}

TEST_CASE("an auction is in one transaction at a time; the second is refused at once") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_close("t-1", id));
    CHECK(b.apply(prepare_close("t-2", id)).outcome.code == Code::in_transaction);
    CHECK(b.apply(close(id)).outcome.code == Code::in_transaction);
    // The refused one has no say, whatever becomes of it.
    CHECK(b.apply(abort("t-2")).outcome.code == Code::aborted);
    CHECK(b.book.is_frozen(id));
    b.apply(abort("t-1"));
    CHECK(b.apply(prepare_close("t-3", id)).outcome.code == Code::prepared);
}

// ---- What comes again, or comes wrong ----

TEST_CASE("a repeated prepare, commit or abort has the first outcome and no second effect") {
    StampedBook b;
    const auto vote = b.apply(prepare_create("t", "Lamp", 50)).outcome;
    CHECK(b.apply(prepare_create("t", "Lamp", 50)).outcome == vote);
    const auto made = b.apply(commit("t")).outcome;
    b.apply(bid(made.auction_id, "ann", 60));
    const auto again = b.apply(commit("t"));
    CHECK(again.outcome == made);
    CHECK(again.events.empty());
    CHECK(b.apply(prepare_create("t", "Lamp", 50)).outcome == vote);
    CHECK(b.book.auctions().size() == 1);

    b.apply(prepare_close("u", made.auction_id));
    const auto aborted = b.apply(abort("u")).outcome;
    CHECK(b.apply(abort("u")).outcome == aborted);
    // What was withdrawn is not promised again.
    CHECK(b.apply(prepare_close("u", made.auction_id)).outcome == aborted);
    CHECK_FALSE(b.book.is_frozen(made.auction_id));
}

TEST_CASE("a refused prepare stays refused, though it could be taken by now") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_close("t-1", id));
    const auto refused = b.apply(prepare_close("t-2", id)).outcome;
    b.apply(abort("t-1"));
    CHECK(b.apply(prepare_close("t-2", id)).outcome == refused);
}

TEST_CASE("an abort that comes before its prepare aborts it") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto aborted = b.apply(abort("t")).outcome;
    CHECK(aborted.code == Code::aborted);
    CHECK(b.apply(prepare_close("t", id)).outcome == aborted);
    CHECK_FALSE(b.book.is_frozen(id));
}

TEST_CASE("a decision that contradicts the one before is refused and changes nothing") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_close("t-1", id));
    const auto closed = b.apply(commit("t-1")).outcome;
    const auto refused = b.apply(abort("t-1"));
    CHECK(refused.outcome.code == Code::contradicts);
    CHECK(refused.outcome.index == closed.index);
    CHECK(b.at(id).status == AuctionStatus::closed);

    b.apply(prepare_create("t-2", "Desk", 5));
    b.apply(abort("t-2"));
    CHECK(b.apply(commit("t-2")).outcome.code == Code::contradicts);
    CHECK(b.book.auctions().size() == 1);
    // The first decision still stands.
    CHECK(b.apply(commit("t-1")).outcome == closed);
}

TEST_CASE("a commit of what was never prepared is refused, and may be prepared afterwards") {
    StampedBook b;
    const auto refused = b.apply(commit("t"));
    CHECK(refused.outcome.code == Code::not_prepared);
    CHECK(refused.events.empty());
    CHECK(b.apply(prepare_create("t", "Lamp", 50)).outcome.code == Code::prepared);
}

TEST_CASE("a transaction's id means one thing") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_create("t", "Desk", 5));
    CHECK(b.apply(prepare_create("t", "Desk", 6)).outcome.code == Code::contradicts);
    CHECK(b.apply(prepare_close("t", id)).outcome.code == Code::contradicts);
    CHECK_FALSE(b.book.is_frozen(id));
    // Who asks, which the memo tells, may be another one.
    Command again = prepare_create("t", "Desk", 5);
    std::get<PrepareTransaction>(again.action).memo = "another";
    CHECK(b.apply(again).outcome.code == Code::prepared);
}

TEST_CASE("a transaction is remembered for a day of book time") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_create("t-1", "Desk", 5));
    b.apply(commit("t-1"));
    b.apply(abort("t-2"));
    b.apply(prepare_close("t-3", id));
    b.now_us += limits::transaction_keep_us - 1;
    CHECK(b.apply(commit("t-1")).outcome.code == Code::accepted);
    CHECK(b.apply(commit("t-2")).outcome.code == Code::contradicts);
    b.now_us += 1;
    CHECK(b.apply(commit("t-1")).outcome.code == Code::not_prepared);
    CHECK(b.apply(commit("t-2")).outcome.code == Code::not_prepared);
    // A late copy of its prepare is known by its age.
    CHECK(b.apply(prepare_create("t-1", "Desk", 5)).outcome.code == Code::aborted);
    CHECK(b.apply(began_later(prepare_create("t-4", "Desk", 5))).outcome.code == Code::prepared);
    // What was promised is kept for as long as it takes.
    CHECK(b.apply(commit("t-3")).outcome.code == Code::accepted);
}

TEST_CASE("when as many are prepared as can be, one more is refused; decisions are taken") {
    StampedBook b;
    for (std::size_t i = 0; i < limits::max_prepared_transactions; ++i) {
        b.apply(prepare_create("t-" + std::to_string(i), "Lamp", 50));
    }
    CHECK(b.apply(prepare_create("more", "Lamp", 50)).outcome.code == Code::transactions_full);
    CHECK(b.apply(commit("t-0")).outcome.code == Code::accepted);
    // The refusal was of the moment, and is not remembered.
    CHECK(b.apply(prepare_create("more", "Lamp", 50)).outcome.code == Code::prepared);
}

TEST_CASE("beyond so many the oldest is forgotten, and what is as old is not prepared any more") {
    StampedBook b;
    for (std::size_t i = 0; i < limits::max_finished_transactions; ++i) {
        const auto name = "t-" + std::to_string(i);
        b.apply(prepare_create(name, "Desk", 5));
        b.apply(commit(name));
    }
    CHECK(b.apply(commit("t-0")).outcome.code == Code::accepted);
    b.apply(began_later(prepare_create("u", "Desk", 5)));
    b.apply(commit("u"));
    CHECK(b.apply(commit("t-0")).outcome.code == Code::not_prepared);
    CHECK(b.apply(commit("t-1")).outcome.code == Code::accepted);
    CHECK(b.apply(prepare_create("t-0", "Desk", 5)).outcome.code == Code::aborted);
    CHECK(b.book.auctions().size() == limits::max_finished_transactions + 1);
    CHECK(b.apply(began_later(prepare_create("v", "Desk", 5))).outcome.code == Code::prepared);
}

TEST_CASE("of aborted transactions the oldest are forgotten first, and none that was committed") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_create("t", "Desk", 5));
    const auto made = b.apply(commit("t")).outcome;
    for (std::size_t i = 0; i <= limits::max_finished_transactions; ++i) {
        b.apply(abort("a-" + std::to_string(i)));
    }
    CHECK(b.book.transactions().find("a-0") == nullptr);
    CHECK(b.book.transactions().find("a-1") != nullptr);
    CHECK(b.apply(commit("t")).outcome == made);
    CHECK(b.apply(prepare_close("a-0", id)).outcome.code == Code::prepared);
}

// ---- Keys ----

TEST_CASE("a key that comes with a prepare has the outcome of the commit") {
    StampedBook b;
    const auto key = with_key(create("Lamp", 50), "k").idempotency;
    b.apply(with_key(prepare_create("t", "Lamp", 50), "k"));
    CHECK_FALSE(b.book.first_outcome(*key));
    const auto made = b.apply(commit("t")).outcome;
    CHECK(b.book.first_outcome(*key) == made);
    // A plain create with the key, and a prepare of another transaction, make no second auction.
    CHECK(b.apply(with_key(create("Lamp", 50), "k")).outcome == made);
    CHECK(b.apply(with_key(prepare_create("t-2", "Lamp", 50), "k")).outcome == made);
    CHECK(b.book.auctions().size() == 1);
    CHECK(b.apply(with_key(prepare_create("t-3", "Desk", 50), "k", 2)).outcome.code ==
          Code::key_reused);
}

TEST_CASE("a key whose transaction was aborted is as good as new") {
    StampedBook b;
    b.apply(with_key(prepare_create("t-1", "Lamp", 50), "k"));
    b.apply(abort("t-1"));
    b.apply(with_key(prepare_create("t-2", "Lamp", 50), "k"));
    CHECK(b.apply(commit("t-2")).outcome.code == Code::accepted);
    CHECK(b.book.auctions().size() == 1);
}

TEST_CASE("what is true for the moment alone is not remembered under a key") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(prepare_close("t", id));
    CHECK(b.apply(with_key(bid(id, "ann", 60), "bid")).outcome.code == Code::frozen);
    CHECK(b.apply(with_session(bid(id, "bob", 61), 7, 1)).outcome.code == Code::frozen);
    CHECK(b.apply(with_key(close(id), "close")).outcome.code == Code::in_transaction);
    b.apply(abort("t"));
    CHECK(b.apply(with_key(bid(id, "ann", 60), "bid")).outcome.code == Code::accepted);
    CHECK(b.apply(with_session(bid(id, "bob", 61), 7, 1)).outcome.code == Code::accepted);
    CHECK(b.apply(with_key(close(id), "close")).outcome.code == Code::accepted);
}

TEST_CASE("a key that a plain create took meanwhile keeps its outcome") {
    StampedBook b;
    b.apply(with_key(prepare_create("t", "Lamp", 50), "k"));
    const auto made = b.apply(with_key(create("Lamp", 50), "k")).outcome;
    CHECK(b.apply(commit("t")).outcome.code == Code::accepted);  // as it promised
    CHECK(b.book.first_outcome(*with_key(create("Lamp", 50), "k").idempotency) == made);
    CHECK_NOTHROW(AuctionBook::deserialize(b.book.serialize()));
}

// ---- The book as it serves ----

TEST_CASE("the world hears of a transaction when it is committed, in the form of any other") {
    LiveBook live;
    live.apply(prepare_create("t-1", "Lamp", 50, 60));
    CHECK(live.book().auctions().empty());
    const auto made = live.apply(commit("t-1"));
    CHECK(made.events.count == 1);
    const auto* document = live.document(made.outcome.auction_id);
    REQUIRE(document != nullptr);
    live.apply(bid(made.outcome.auction_id, "ann", 60));
    CHECK(live.apply(prepare_close("t-2", made.outcome.auction_id)).events.count == 0);
    CHECK(document->current().status == AuctionStatus::open);
    CHECK(live.apply(commit("t-2")).events.json.find(R"("type":"closed")") != std::string::npos);
    CHECK(document->current().status == AuctionStatus::closed);
}

}  // namespace
}  // namespace gavel::auction
