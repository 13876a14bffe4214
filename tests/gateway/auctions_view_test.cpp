#include "services/gateway/auctions_view.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/limits.h"
#include "tests/gateway/feed.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using testing::bid;
using testing::closed;
using testing::created;
using testing::ended;

struct Viewing {
    testing::ManualScheduler scheduler;
    AuctionsView view{scheduler};
    int done = 0;

    void apply(const FeedPage& told) {
        view.apply(told, [this](bool reached) { done += reached; });
    }
    std::string shown() {
        std::string text;
        for (const auto* auction : view.auctions()) {
            const auto version = auction->current();
            text += auction->name() + " " + std::to_string(version.bid_count) + " " +
                    contract::to_string(version.status) + "; ";
        }
        return text;
    }
};

TEST_CASE("the view shows what the feed told, in order of creation") {
    Viewing v;
    v.view.restart("L");
    v.apply(page("L", 7,
                 {created(1, 20, "Lamp", 50), created(2, 10, "Desk", 5), bid(3, 20, "ann", 60),
                  bid(3, 20, "bob", 70), closed(5, 20, "bob", 70), ended(6, 10, "", 5)}));
    CHECK(v.shown() == "Lamp 2 CLOSED; Desk 0 ENDED; ");
    CHECK(v.view.index() == 7);
    CHECK(v.view.last_event_index() == 6);
    CHECK(v.view.last_event_n() == 1);
    CHECK(v.done == 1);
    REQUIRE(v.view.find(20) != nullptr);
    CHECK(v.view.find(20)->highest_bidder_json(2) == "\"bob\"");
    CHECK(v.view.find(1) == nullptr);
}

TEST_CASE("it has caught up once it has reached what the feed had") {
    Viewing v;
    v.view.restart("L");
    auto told = page("L", 2, {created(1, 1, "Lamp", 50)});
    told.head = 5;
    v.apply(told);
    CHECK_FALSE(v.view.caught_up());
    v.apply(page("L", 5, {}));
    CHECK(v.view.caught_up());
    auto more = page("L", 6, {});
    more.head = 900;
    v.apply(more);
    CHECK(v.view.caught_up());
    v.view.restart("M");
    CHECK_FALSE(v.view.caught_up());
}

TEST_CASE("a log that is new and empty is caught up with") {
    Viewing v;
    v.view.restart("L");
    v.apply(page("L", 0, {}));
    CHECK(v.view.caught_up());
}

TEST_CASE("a read waits until the view has reached its index, and a second at most") {
    Viewing v;
    v.view.restart("L");
    std::string told;
    const auto wait = [&](std::uint64_t index, char name) {
        v.view.when_reached(index, [&told, name](bool reached) {
            told += name;
            told += reached ? '+' : '-';
        });
    };
    wait(0, 'a');
    CHECK(told.empty());  // it has not caught up yet, so what it shows may be anything
    v.apply(page("L", 3, {}));
    CHECK(told == "a+");
    wait(3, 'b');
    CHECK(told == "a+b+");
    wait(5, 'c');
    wait(4, 'd');
    v.scheduler.advance_ms(limits::read_wait_ms - 1);
    v.apply(page("L", 4, {}));
    CHECK(told == "a+b+d+");
    v.scheduler.advance_ms(1);
    CHECK(told == "a+b+d+c-");
}

TEST_CASE("an event that was taken in before changes nothing") {
    Viewing v;
    v.view.restart("L");
    const auto told = page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60)});
    v.apply(told);
    v.apply(told);
    v.apply(page("L", 3, {bid(2, 1, "ann", 60), bid(3, 1, "bob", 70)}));
    CHECK(v.shown() == "Lamp 2 OPEN; ");
}

TEST_CASE("a feed that tells of an auction it never told of is not believed") {
    Viewing v;
    v.view.restart("L");
    CHECK_THROWS(v.apply(page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 99, "ann", 60)})));
    CHECK(v.view.find(99) == nullptr);
    CHECK(v.view.index() == 0);  // asked for again
    v.apply(page("L", 2, {created(1, 1, "Lamp", 50)}));
    CHECK(v.shown() == "Lamp 0 OPEN; ");
}

TEST_CASE("a restart forgets everything, and says when a log was lost") {
    Viewing v;
    int lost = 0;
    v.view.when_log_lost([&] { ++lost; });
    v.view.restart("L");
    CHECK(lost == 0);  // there was none before
    v.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    v.view.restart("L");
    CHECK(lost == 0);
    v.view.restart("");
    CHECK(lost == 1);
    v.view.restart("M");
    CHECK(lost == 1);
    CHECK(v.view.auctions().empty());
    CHECK(v.view.index() == 0);
    CHECK(v.view.last_event_index() == 0);
    CHECK(v.view.log_id() == "M");
}

class Recorder : public AuctionsView::Listener {
  public:
    void on_event(const FeedEvent& event, const contract::AuctionDocument& auction) override {
        told += std::string(to_string(event.type)) + "@" +
                std::to_string(auction.current().bid_count) + " ";
    }
    void on_page_end() override { told += "| "; }
    void on_restart() override { told += "restart "; }
    std::string told;
};

TEST_CASE("a listener is told of each change after it was taken in, then of the page's end") {
    Viewing v;
    Recorder recorder;
    v.view.listen(&recorder);
    v.view.restart("L");
    v.apply(page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60)}));
    v.apply(page("L", 3, {}));
    CHECK(recorder.told == "restart created@0 bid@1 | | ");
    v.view.listen(nullptr);
    v.view.restart("M");
    CHECK(recorder.told == "restart created@0 bid@1 | | ");
}

}  // namespace
}  // namespace gavel::gateway
