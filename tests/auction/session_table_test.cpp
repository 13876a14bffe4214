#include "services/auction/session_table.h"

#include <doctest/doctest.h>

#include <string>

#include "common/limits.h"
#include "tests/auction/commands.h"

namespace gavel::auction {
namespace {

TEST_CASE("a repeated serial has its first outcome and no second effect") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto first = b.apply(with_session(bid(id, "ann", 60), 7, 1));
    CHECK(first.outcome.code == OutcomeCode::accepted);
    b.apply(bid(id, "bob", 70));
    const auto again = b.apply(with_session(bid(id, "ann", 60), 7, 1));
    CHECK(again.outcome == first.outcome);
    CHECK(again.events.empty());
    CHECK(b.at(id).bids.size() == 2);
    CHECK(b.book.first_outcome(SessionKey{7, 1, 1, 1}) == first.outcome);
    CHECK_FALSE(b.book.first_outcome(SessionKey{7, 2, 1, 1}));
}

TEST_CASE("a refusal is a first outcome like any other") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto refused = b.apply(with_session(bid(id, "ann", 50), 7, 1));
    CHECK(refused.outcome.code == OutcomeCode::too_low);
    b.apply(close(id));
    CHECK(b.apply(with_session(bid(id, "ann", 50), 7, 1)).outcome == refused.outcome);
}

TEST_CASE("the serials of one session mean nothing in another") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    CHECK(b.apply(with_session(bid(id, "ann", 60), 7, 1)).outcome.index == 2);
    CHECK(b.apply(with_session(bid(id, "bob", 70), 8, 1)).outcome.index == 3);
    CHECK(b.apply(with_session(bid(id, "bob", 70), 7, 2)).outcome.code == OutcomeCode::too_low);
    CHECK(b.at(id).bids.size() == 2);
}

TEST_CASE("serials may come in any order, and with gaps") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    for (const std::uint64_t serial : {9, 3, 5}) {
        const auto amount = static_cast<std::int64_t>(60 + b.book.last_index());
        CHECK(b.apply(with_session(bid(id, "ann", amount), 7, serial, 3)).outcome.code ==
              OutcomeCode::accepted);
    }
    CHECK(b.book.first_outcome(SessionKey{7, 9, 3, 1})->index == 2);
    CHECK(b.book.first_outcome(SessionKey{7, 3, 3, 1})->index == 3);
    CHECK_FALSE(b.book.first_outcome(SessionKey{7, 4, 3, 1}));
}

TEST_CASE("what nobody waits for is forgotten, and a stray repeat of it does nothing") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(with_session(bid(id, "ann", 60), 7, 1, 1));
    b.apply(with_session(bid(id, "ann", 70), 7, 2, 1));
    b.apply(with_session(bid(id, "ann", 80), 7, 3, 2));
    const auto stray = b.apply(with_session(bid(id, "ann", 90), 7, 1, 1));
    CHECK(stray.outcome.code == OutcomeCode::session_expired);
    CHECK(stray.events.empty());
    CHECK(b.at(id).current_bid() == money(80));
    CHECK(b.book.first_outcome(SessionKey{7, 1, 1, 1})->code == OutcomeCode::session_expired);
    CHECK(b.book.first_outcome(SessionKey{7, 2, 1, 1})->index == 3);
    // An earlier request that comes late does not bring the window back.
    b.apply(with_session(bid(id, "ann", 90), 7, 4, 1));
    CHECK(b.apply(with_session(close(id), 7, 1, 1)).outcome.code == OutcomeCode::session_expired);
    CHECK(b.at(id).status == AuctionStatus::open);
}

TEST_CASE("a serial that comes with another request is refused") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(with_session(bid(id, "ann", 60), 7, 1, 1, 11));
    const auto reused = b.apply(with_session(close(id), 7, 1, 1, 12));
    CHECK(reused.outcome.code == OutcomeCode::key_reused);
    CHECK(reused.outcome.index == 2);
    CHECK(b.at(id).status == AuctionStatus::open);
}

TEST_CASE("a full window refuses new serials, serves old ones, and is free again when it moves") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    for (std::size_t i = 1; i <= limits::max_session_outcomes; ++i) {
        b.apply(with_session(close(7), 7, i, 1));
    }
    const auto next = limits::max_session_outcomes + 1;
    const auto refused = b.apply(with_session(bid(id, "ann", 60), 7, next, 1));
    CHECK(refused.outcome.code == OutcomeCode::keys_full);
    CHECK(refused.events.empty());
    CHECK(b.apply(with_session(close(7), 7, 1, 1)).outcome.code == OutcomeCode::not_found);
    CHECK(b.apply(with_session(bid(id, "ann", 60), 8, 1, 1)).outcome.code == OutcomeCode::accepted);
    CHECK(b.apply(with_session(bid(id, "ann", 70), 7, next, 2)).outcome.code ==
          OutcomeCode::accepted);
}

TEST_CASE("when there are too many sessions, those make way whose last command is an hour old") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    for (std::size_t i = 0; i < limits::max_sessions; ++i) {
        b.apply(with_session(close(7), i, 1));
    }
    const Command wish = with_session(bid(id, "ann", 60), limits::max_sessions, 1);
    b.now_us += limits::session_keep_us - 1;
    CHECK(b.apply(wish).outcome.code == OutcomeCode::keys_full);
    b.apply(with_session(close(7), 3, 2));
    b.now_us += 1;
    CHECK(b.apply(wish).outcome.code == OutcomeCode::accepted);
    CHECK(b.book.first_outcome(SessionKey{3, 2, 1, 1}));
    CHECK_FALSE(b.book.first_outcome(SessionKey{4, 1, 1, 1}));
}

TEST_CASE("without need no session is forgotten, however old") {
    StampedBook b;
    b.apply(with_session(close(7), 7, 1));
    b.now_us += 100 * limits::session_keep_us;
    b.apply(with_session(close(7), 8, 1));
    CHECK(b.book.first_outcome(SessionKey{7, 1, 1, 1}));
}

}  // namespace
}  // namespace gavel::auction
