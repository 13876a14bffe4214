#include "services/auction/command_sequencer.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/limits.h"
#include "tests/auction/commands.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::auction {
namespace {

// A log whose disk is the test.
class FakeLog : public CommandLog {
  public:
    const std::string& log_id() const override { return log_id_; }
    std::uint64_t last_index() const override { return 0; }
    void replay(std::uint64_t, const Visit&) override {}
    void append(std::vector<std::string> records, Appended appended) override {
        REQUIRE_FALSE(appended_);  // one batch is in flight
        batches.push_back(std::move(records));
        appended_ = std::move(appended);
    }

    bool busy() const { return static_cast<bool>(appended_); }
    void finish(AppendResult result) {
        REQUIRE(appended_);
        const auto appended = std::exchange(appended_, nullptr);
        appended(result);
    }

    std::vector<std::vector<std::string>> batches;

  private:
    std::string log_id_ = "L";
    Appended appended_;
};

struct Told {
    Refusal refusal = Refusal::none;
    std::optional<Outcome> outcome;
};

struct Sequencing {
    testing::ManualScheduler scheduler;
    AnchoredClock clock{scheduler, start_us};
    LiveBook live;
    const AuctionBook& book = live.book();
    FakeLog log;
    std::vector<std::string> steps;  // what was called, in order
    std::vector<std::string> fatal;
    std::unique_ptr<CommandSequencer> sequencer =
        std::make_unique<CommandSequencer>(live, log, scheduler, clock);

    Sequencing() {
        sequencer->on_events([this](const EntryEvents& events) {
            steps.push_back("events of " + std::to_string(events.index));
        });
        sequencer->on_batch(
            [this](std::uint64_t index) { steps.push_back("batch " + std::to_string(index)); });
        sequencer->on_fatal([this](const std::string& why) { fatal.push_back(why); });
        sequencer->start();
    }

    std::shared_ptr<std::vector<Told>> submit(Command command,
                                              std::optional<Unchanged> condition = {}) {
        auto told = std::make_shared<std::vector<Told>>();
        sequencer->submit(
            std::move(command),
            [this, told](Refusal refusal, const Outcome* outcome) {
                told->push_back({refusal, outcome ? std::optional(*outcome) : std::nullopt});
                steps.emplace_back("told");
            },
            condition);
        return told;
    }
    void finish(AppendResult result = AppendResult::durable) {
        log.finish(result);
        scheduler.run_ready();
    }
    // Makes an auction, durably.
    AuctionId make(std::int64_t duration_seconds) {
        const auto told = submit(create("Lamp", 50, duration_seconds));
        finish();
        return told->at(0).outcome->auction_id;
    }
};

TEST_CASE("a lone command goes to the log at once, and its caller is told when it is durable") {
    Sequencing s;
    const auto told = s.submit(create("Lamp", 50));
    CHECK(s.log.batches.size() == 1);
    s.scheduler.run_ready();
    CHECK(told->empty());
    CHECK(s.book.last_index() == 0);  // not applied before it is durable either
    s.log.finish(AppendResult::durable);
    CHECK(told->empty());  // the log may be on another thread: the loop tells
    s.scheduler.run_ready();
    REQUIRE(told->size() == 1);
    CHECK(told->at(0).outcome->index == 1);
    CHECK(s.book.last_index() == 1);
}

TEST_CASE("one batch is in flight; what comes meanwhile rides in the next") {
    Sequencing s;
    s.submit(create("a", 1));
    for (int i = 0; i < 5; ++i) s.submit(create("b", 1));
    CHECK(s.log.batches.size() == 1);
    s.finish();
    REQUIRE(s.log.batches.size() == 2);
    CHECK(s.log.batches[0].size() == 1);
    CHECK(s.log.batches[1].size() == 5);
    s.finish();
    CHECK(s.log.batches.size() == 2);
    CHECK(s.book.last_index() == 6);
}

TEST_CASE("a batch is applied in order, then told of as a whole, then each caller is told") {
    Sequencing s;
    s.submit(create("a", 1));
    s.finish();
    s.steps.clear();
    s.submit(create("b", 1));
    s.submit(create("c", 1));
    s.submit(create("d", 1));
    s.finish();
    s.steps.clear();
    s.finish();
    CHECK(s.steps ==
          std::vector<std::string>{"events of 3", "events of 4", "batch 4", "told", "told"});
}

TEST_CASE("the next batch is on its way before the callers of this one are told") {
    Sequencing s;
    bool busy_when_told = false;
    s.sequencer->submit(create("a", 1),
                        [&](Refusal, const Outcome*) { busy_when_told = s.log.busy(); });
    s.submit(create("b", 1));
    s.finish();
    CHECK(busy_when_told);
}

TEST_CASE("a caller that submits when it is told starts the next batch") {
    Sequencing s;
    std::shared_ptr<std::vector<Told>> second;
    s.sequencer->submit(create("a", 1),
                        [&](Refusal, const Outcome*) { second = s.submit(create("b", 1)); });
    s.finish();
    CHECK(s.log.batches.size() == 2);
    s.finish();
    CHECK(second->size() == 1);
}

TEST_CASE("commands bear the time of the anchored clock at which they went to the log") {
    Sequencing s;
    s.submit(create("a", 1));
    s.submit(create("b", 1));
    s.scheduler.advance_ms(1'500);
    s.finish();
    CHECK(decode(s.log.batches[0][0]).stamp_us == start_us);
    CHECK(decode(s.log.batches[1][0]).stamp_us == start_us + 1'500'000);
    s.finish();
    CHECK(s.book.time_us() == start_us + 1'500'000);
}

TEST_CASE("a command with a condition is done when its auction has not changed") {
    Sequencing s;
    const AuctionId lamp = s.make(0);
    const AuctionId desk = s.make(0);
    s.submit(bid(desk, "ann", 60));
    s.finish();
    const auto told = s.submit(bid(lamp, "ann", 60), Unchanged{lamp, 1});
    s.finish();
    CHECK(told->at(0).refusal == Refusal::none);
    CHECK(told->at(0).outcome->code == OutcomeCode::accepted);
}

TEST_CASE("a command whose auction has changed is refused, and does not come into the log") {
    Sequencing s;
    const AuctionId lamp = s.make(0);
    s.submit(bid(lamp, "ann", 60));
    s.finish();
    const auto told = s.submit(bid(lamp, "bob", 70), Unchanged{lamp, 1});
    s.scheduler.run_ready();
    REQUIRE(told->size() == 1);
    CHECK(told->at(0).refusal == Refusal::changed);
    CHECK_FALSE(s.log.busy());
    CHECK(s.submit(bid(lamp, "bob", 70), Unchanged{lamp, 2})->empty());
    CHECK(s.log.busy());
}

TEST_CASE("what stands before a command with a condition is applied before that is decided") {
    Sequencing s;
    const AuctionId lamp = s.make(0);
    s.submit(bid(lamp, "ann", 60));
    const auto second = s.submit(bid(lamp, "bob", 70));
    // Both have seen the auction as it was at first; so has the bid before them, which comes first.
    const auto late = s.submit(bid(lamp, "cem", 80), Unchanged{lamp, 1});
    const auto last = s.submit(bid(lamp, "dan", 90));
    s.finish();
    CHECK(s.log.batches.back().size() == 1);  // bob's: what is behind it must wait
    CHECK(late->empty());
    s.finish();
    s.finish();
    CHECK(second->at(0).outcome->code == OutcomeCode::accepted);
    CHECK(late->at(0).refusal == Refusal::changed);
    CHECK(last->at(0).outcome->code == OutcomeCode::accepted);
    CHECK(s.book.find(lamp)->bids.size() == 3);
}

TEST_CASE("of many that have seen the same state, one is done") {
    Sequencing s;
    const AuctionId lamp = s.make(0);
    std::vector<std::shared_ptr<std::vector<Told>>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(s.submit(bid(lamp, "b" + std::to_string(i), 60 + i), Unchanged{lamp, 1}));
    }
    while (s.log.busy()) s.finish();
    int done = 0;
    for (const auto& told : all) {
        REQUIRE(told->size() == 1);
        done += told->at(0).refusal == Refusal::none ? 1 : 0;
    }
    CHECK(done == 1);
    CHECK(s.book.find(lamp)->bids.size() == 1);
}

TEST_CASE("batches are counted by their size") {
    Sequencing s;
    s.make(0);
    for (int i = 0; i < 3; ++i) s.submit(create("b", 1));
    s.finish();
    s.finish();
    MetricsPage page;
    s.sequencer->append_to(page);
    const std::string text = page.text();
    CHECK(text.find("gavel_log_batch_entries_count 3\n") != std::string::npos);
    CHECK(text.find("gavel_log_batch_entries_sum 4\n") != std::string::npos);
    CHECK(text.find("gavel_log_batch_entries_bucket{le=\"1\"} 2\n") != std::string::npos);
    CHECK(text.find("gavel_log_batch_entries_bucket{le=\"2\"} 3\n") != std::string::npos);
    CHECK(text.find("gavel_log_flush_duration_seconds_count 3\n") != std::string::npos);
}

TEST_CASE("a full log refuses its batch, applies nothing, and takes the next") {
    Sequencing s;
    const auto first = s.submit(create("a", 1));
    const auto second = s.submit(create("b", 1));
    s.finish(AppendResult::full);
    REQUIRE(first->size() == 1);
    CHECK(first->at(0).refusal == Refusal::log_full);
    CHECK_FALSE(first->at(0).outcome);
    CHECK(s.book.last_index() == 0);
    CHECK(second->empty());
    s.finish();  // what waited is tried for itself
    CHECK(second->at(0).refusal == Refusal::none);
    CHECK(second->at(0).outcome->index == 1);
    CHECK(s.fatal.empty());
}

TEST_CASE("a failed log is fatal, and refuses whatever waits or comes later") {
    Sequencing s;
    const auto first = s.submit(create("a", 1));
    const auto waiting = s.submit(create("b", 1));
    s.finish(AppendResult::failed);
    CHECK(first->at(0).refusal == Refusal::log_failed);
    REQUIRE(waiting->size() == 1);
    CHECK(waiting->at(0).refusal == Refusal::log_failed);
    CHECK(s.fatal.size() == 1);
    CHECK(s.submit(create("c", 1))->at(0).refusal == Refusal::log_failed);
    CHECK(s.log.batches.size() == 1);
    CHECK(s.book.last_index() == 0);
}

TEST_CASE("a batch has its limits in number and in bytes") {
    Sequencing s;
    s.submit(create("a", 1));
    for (std::size_t i = 0; i < limits::max_batch_commands + 5; ++i) s.submit(create("b", 1));
    s.finish();
    CHECK(s.log.batches[1].size() == limits::max_batch_commands);
    s.finish();
    CHECK(s.log.batches[2].size() == 5);
    const Command large = create(std::string(1'000'000, 'x'), 1);
    for (int i = 0; i < 10; ++i) s.submit(large);
    s.finish();
    CHECK(s.log.batches[3].size() == 5);  // the one that crosses the limit still goes
    s.finish();
    CHECK(s.log.batches[4].size() == 5);
    s.finish();
    CHECK_FALSE(s.log.busy());
}

TEST_CASE("beyond the waiting commands a further one is refused at once") {
    Sequencing s;
    s.submit(close(1));
    for (std::size_t i = 0; i < limits::max_waiting_commands; ++i) {
        s.sequencer->submit(close(1), [](Refusal, const Outcome*) {});
    }
    CHECK(s.submit(close(1))->at(0).refusal == Refusal::overloaded);
    s.finish();
    CHECK(s.submit(close(1))->empty());
}

// ---- Auctions that end ----

TEST_CASE("an auction ends at its closing time, without anyone asking") {
    Sequencing s;
    const auto id = s.make(2);
    s.scheduler.advance_ms(1'999);
    CHECK_FALSE(s.log.busy());
    s.scheduler.advance_ms(1);
    REQUIRE(s.log.busy());
    const Command sent = decode(s.log.batches.back().at(0));
    CHECK(std::get<ExpireAuction>(sent.action).auction_id == id);
    CHECK(sent.stamp_us >= s.book.find(id)->closing_time_us);
    s.finish();
    CHECK(s.book.find(id)->status == AuctionStatus::ended);
    s.scheduler.advance_ms(60'000);
    CHECK(s.log.batches.size() == 2);  // once
}

TEST_CASE("an auction that ended while nobody ran the book ends at the start") {
    Sequencing s;
    const auto id = s.make(2);
    testing::ManualScheduler later;
    const AnchoredClock clock(later, start_us + 3600 * second_us);
    CommandSequencer sequencer(s.live, s.log, later, clock);
    sequencer.start();
    later.run_ready();
    s.log.finish(AppendResult::durable);
    later.run_ready();
    CHECK(s.book.find(id)->status == AuctionStatus::ended);
}

TEST_CASE("auctions that end together share a batch behind the first, and each ends once") {
    Sequencing s;
    for (int i = 0; i < 50; ++i) s.submit(create("x", 1, 2));
    s.finish();
    s.finish();
    s.scheduler.advance_ms(2'000);
    s.scheduler.advance_ms(10'000);  // a slow disk: nobody is expired a second time meanwhile
    s.finish();
    CHECK(s.log.batches.back().size() == 49);
    s.finish();
    for (const auto& auction : s.book.auctions()) CHECK(auction->status == AuctionStatus::ended);
    s.scheduler.advance_ms(10'000);
    CHECK_FALSE(s.log.busy());
    CHECK(s.book.last_index() == 100);
}

TEST_CASE("more auctions than fit one turn all end") {
    Sequencing s;
    for (int i = 0; i < 3'000; ++i) s.submit(create("x", 1, 2));
    while (s.log.busy()) s.finish();
    s.scheduler.advance_ms(2'000);
    while (s.log.busy()) s.finish();
    CHECK(s.book.last_index() == 6'000);
    CHECK_FALSE(s.book.next_closing_time_us());
}

TEST_CASE("an auction with an earlier end than the others is ended first") {
    Sequencing s;
    s.make(10);
    const auto early = s.make(2);
    s.scheduler.advance_ms(2'000);
    s.finish();
    CHECK(s.book.find(early)->status == AuctionStatus::ended);
    s.scheduler.advance_ms(7'999);
    CHECK_FALSE(s.log.busy());
    s.scheduler.advance_ms(1);
    CHECK(s.log.busy());
}

TEST_CASE("one that was closed by hand meanwhile is not ended") {
    Sequencing s;
    const auto id = s.make(2);
    s.submit(close(id));
    s.finish();
    s.scheduler.advance_ms(5'000);
    CHECK_FALSE(s.log.busy());
    CHECK(s.book.find(id)->status == AuctionStatus::closed);
}

TEST_CASE("a full log is tried again after a while, not at once and not for ever faster") {
    Sequencing s;
    const auto id = s.make(2);
    s.scheduler.advance_ms(2'000);
    for (int i = 0; i < 5; ++i) {
        REQUIRE(s.log.busy());
        s.finish(AppendResult::full);
        CHECK_FALSE(s.log.busy());
        s.scheduler.advance_ms(99);
        CHECK_FALSE(s.log.busy());
        s.scheduler.advance_ms(1);
    }
    s.finish();
    CHECK(s.book.find(id)->status == AuctionStatus::ended);
    CHECK(s.book.last_index() == 2);
    s.scheduler.advance_ms(10'000);
    CHECK_FALSE(s.log.busy());
}

TEST_CASE("an end that comes while too many commands wait is told of later") {
    Sequencing s;
    const auto id = s.make(2);
    for (std::size_t i = 0; i <= limits::max_waiting_commands; ++i) {
        s.sequencer->submit(close(1), [](Refusal, const Outcome*) {});
    }
    s.scheduler.advance_ms(2'000);
    while (s.log.busy()) {
        s.finish();
        s.scheduler.advance_ms(10);
    }
    s.scheduler.advance_ms(1'000);
    if (s.log.busy()) s.finish();
    CHECK(s.book.find(id)->status == AuctionStatus::ended);
}

TEST_CASE("a sequencer that goes while a batch is in flight calls nobody") {
    Sequencing s;
    const auto told = s.submit(create("a", 1));
    s.sequencer = nullptr;
    s.log.finish(AppendResult::durable);
    s.scheduler.run_ready();
    CHECK(told->empty());
    CHECK(s.book.last_index() == 0);
}

}  // namespace
}  // namespace gavel::auction
