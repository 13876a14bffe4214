#include "services/auction/frozen_bids.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "common/limits.h"
#include "services/auction/auction_house.h"
#include "tests/auction/commands.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::auction {
namespace {

// A house over a log in memory, with an auction at 50 that a transaction can freeze.
struct FrozenHouse {
    testing::ManualScheduler scheduler;
    AuctionHouse house{scheduler, options()};
    AuctionId id = 0;

    struct Told {
        bool told = false;
        Refusal refusal = Refusal::none;
        Outcome outcome;
    };
    using Answer = std::shared_ptr<Told>;

    FrozenHouse() { id = send(create("Lamp", 50, 60))->outcome.auction_id; }
    static AuctionHouse::Options options() {
        AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return start_us; };
        return options;
    }

    Answer start(Command command) {
        auto answer = std::make_shared<Told>();
        house.submit(std::move(command), [answer](Refusal refusal, const Outcome* outcome) {
            CHECK_FALSE(answer->told);
            answer->told = true;
            answer->refusal = refusal;
            if (outcome != nullptr) answer->outcome = *outcome;
        });
        return answer;
    }
    Answer send(Command command) {
        auto answer = start(std::move(command));
        scheduler.run_ready();
        return answer;
    }
    const Auction& auction() const { return *house.live().book().find(id); }
};

TEST_CASE("a bid on a frozen auction waits for the decision: after an abort it is taken") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    const auto answer = h.send(bid(h.id, "ann", 60));
    CHECK_FALSE(answer->told);
    h.send(abort("t"));
    REQUIRE(answer->told);
    CHECK(answer->outcome.code == OutcomeCode::accepted);
    CHECK(h.auction().highest_bidder() == "ann");
}

TEST_CASE("after a commit it is refused with the reason") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    const auto one = h.send(bid(h.id, "ann", 60));
    const auto many = h.send(bids(h.id, {{"bob", 61}, {"cy", 62}}));
    CHECK_FALSE(many->told);
    h.send(commit("t"));
    REQUIRE(one->told);
    CHECK(one->outcome.code == OutcomeCode::not_open);
    CHECK(one->outcome.status == AuctionStatus::closed);
    REQUIRE(many->told);
    CHECK(many->outcome.code == OutcomeCode::bulk);
    CHECK(many->outcome.bids.at(1).code == OutcomeCode::not_open);
}

TEST_CASE("a bid that the log has behind the freeze waits, too, in its order") {
    FrozenHouse h;
    const auto before = h.start(bid(h.id, "ann", 60));
    h.start(prepare_close("t", h.id));
    const auto first = h.start(bid(h.id, "bob", 61));
    const auto second = h.start(bid(h.id, "cy", 61));
    h.scheduler.run_ready();
    CHECK(before->told);
    CHECK_FALSE(first->told);
    CHECK_FALSE(second->told);
    h.send(abort("t"));
    CHECK(first->outcome.code == OutcomeCode::accepted);
    CHECK(second->outcome.code == OutcomeCode::too_low);
}

TEST_CASE("freeze and thaw in one batch keep nobody waiting") {
    FrozenHouse h;
    h.start(close(999));  // its batch is on its way; what follows is the next one
    h.start(prepare_close("t", h.id));
    const auto answer = h.start(bid(h.id, "ann", 60));
    h.start(abort("t"));
    h.scheduler.run_ready();
    REQUIRE(answer->told);
    CHECK(answer->outcome.code == OutcomeCode::accepted);
}

TEST_CASE("other auctions, and other commands, do not wait") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    const auto other = h.send(create("Desk", 5))->outcome.auction_id;
    CHECK(h.send(bid(other, "ann", 6))->outcome.code == OutcomeCode::accepted);
    CHECK(h.send(close(h.id))->outcome.code == OutcomeCode::in_transaction);
    CHECK(h.send(bid(999, "ann", 6))->outcome.code == OutcomeCode::not_found);
}

TEST_CASE("a bid waits for so long, then it is told to come again") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    const auto early = h.send(bid(h.id, "ann", 60));
    h.scheduler.advance_ms(limits::frozen_bid_wait_ms - 1);
    const auto late = h.send(bid(h.id, "bob", 61));
    CHECK_FALSE(early->told);
    h.scheduler.advance_ms(1);
    REQUIRE(early->told);
    CHECK(early->refusal == Refusal::frozen);
    CHECK_FALSE(late->told);
    h.send(abort("t"));
    CHECK(late->outcome.code == OutcomeCode::accepted);
    CHECK(h.auction().bids.size() == 1);  // what was refused does not come back
    h.scheduler.advance_ms(limits::frozen_bid_wait_ms);
}

TEST_CASE("a bid whose time is over does not wait for a decision") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    h.scheduler.advance_ms(59'000);
    const auto answer = h.send(bid(h.id, "ann", 60));
    CHECK_FALSE(answer->told);
    h.scheduler.advance_ms(1'000);
    h.send(abort("t"));
    REQUIRE(answer->told);
    CHECK(answer->outcome.code == OutcomeCode::not_open);
    CHECK(answer->outcome.status == AuctionStatus::ended);
}

TEST_CASE("so many bids wait; one more is told at once to come again") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    for (std::size_t i = 0; i < limits::max_frozen_bids; ++i) h.start(bid(h.id, "ann", 60));
    const auto more = h.send(bid(h.id, "bob", 61));
    REQUIRE(more->told);
    CHECK(more->refusal == Refusal::frozen);
    h.send(abort("t"));
    CHECK(h.auction().highest_bidder() == "ann");
    CHECK(h.send(bid(h.id, "bob", 61))->outcome.code == OutcomeCode::accepted);
}

TEST_CASE("a key that is used again while it waits gives one bid, and both have its answer") {
    FrozenHouse h;
    h.send(prepare_close("t", h.id));
    const auto first = h.send(with_key(bid(h.id, "ann", 60), "k"));
    const auto again = h.send(with_key(bid(h.id, "ann", 60), "k"));
    h.send(abort("t"));
    CHECK(first->outcome == again->outcome);
    CHECK(h.auction().bids.size() == 1);
}

}  // namespace
}  // namespace gavel::auction
