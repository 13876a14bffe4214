#include "services/gateway/event_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/limits.h"
#include "tests/gateway/fake_sink.h"
#include "tests/gateway/feed.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;
using testing::bid;
using testing::created;

struct Streaming {
    testing::ManualScheduler scheduler;
    AuctionsView view{scheduler};
    std::unique_ptr<EventHub> hub = std::make_unique<EventHub>(
        scheduler, view, EventHub::Options{.unix_us = [] { return 1'700'000'000'123'999; }});

    explicit Streaming(bool caught_up = true) {
        view.restart("L");
        if (caught_up) apply(page("L", 0, {}));
    }
    void apply(const FeedPage& told) {
        view.apply(told, [](bool) {});
        scheduler.run_ready();
    }
    std::shared_ptr<FakeSink> subscribe(const std::string& last_event = "",
                                        const StreamShape& shape = {}) {
        auto sink = std::make_shared<FakeSink>();
        subscribe(sink, last_event, shape);
        return sink;
    }
    void subscribe(const std::shared_ptr<FakeSink>& sink, const std::string& last_event = "",
                   const StreamShape& shape = {}) {
        hub->subscribe(sink, {StreamEventId::parse(last_event), shape});
    }
    // Two auctions and a few bids, of which two are one entry.
    void tell_something() {
        apply(page("L", 2, {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5)}));
        apply(page("L", 4, {bid(3, 1, "ann", 60), bid(4, 2, "ann", 6), bid(4, 2, "bob", 7)}));
        apply(page("L", 6, {bid(6, 1, "bob", 70)}));
    }
};

std::vector<std::string> ids_of(const std::vector<Frame>& frames) {
    std::vector<std::string> ids;
    for (const auto& frame : frames) ids.push_back(frame.id);
    return ids;
}

const std::vector<std::string> all_ids = {"L-1.0", "L-1.1", "L-2.0", "L-2.1", "L-3.0", "L-3.1",
                                          "L-4.0", "L-4.1", "L-4.2", "L-4.3", "L-6.0", "L-6.1"};

TEST_CASE("a subscriber first gets a snapshot of everything, with the index it is true at") {
    Streaming s;
    s.tell_something();
    const auto sink = s.subscribe();
    CHECK(sink->text().starts_with("retry: 1"));
    const auto frames = sink->frames();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].event == "snapshot");
    CHECK(frames[0].id == "L-6.1");
    const json data = json::parse(frames[0].data);
    REQUIRE(data["auctions"].size() == 2);
    CHECK(data["auctions"][0]["name"] == "Lamp");
    CHECK(data["auctions"][0]["current_bid"] == 70);
    REQUIRE(data["events"].size() == 6);
    CHECK(data["events"][0]["event_type"] == "created");
    CHECK(data["events"][5]["payload"] == "bob bid $70.0");
    CHECK_FALSE(data.contains("truncated"));
}

// A reader to whom a write takes ten milliseconds.
struct CostlySink : FakeSink {
    explicit CostlySink(testing::ManualScheduler& its_scheduler) : scheduler(its_scheduler) {}
    void write(std::shared_ptr<const std::string> bytes) override {
        scheduler.pass_ms(10);
        FakeSink::write(std::move(bytes));
    }
    testing::ManualScheduler& scheduler;
};

TEST_CASE("after a round comes a pause of twice its time, and what came meanwhile is one send") {
    for (const int subscribers : {1, 2, 4}) {
        CAPTURE(subscribers);
        Streaming s;
        std::vector<std::shared_ptr<FakeSink>> sinks;
        for (int i = 0; i < subscribers; ++i) {
            sinks.push_back(std::make_shared<CostlySink>(s.scheduler));
            s.subscribe(sinks.back());
        }
        s.scheduler.advance_ms(1'000);
        const std::size_t pieces = sinks[0]->pieces.size();
        s.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
        CHECK(sinks[0]->pieces.size() == pieces + 1);
        s.apply(page("L", 2, {bid(2, 1, "ann", 60)}));
        s.apply(page("L", 3, {bid(3, 1, "bob", 70)}));
        s.scheduler.advance_ms(std::min(20 * subscribers, 50) - 1);
        CHECK(sinks[0]->pieces.size() == pieces + 1);
        s.scheduler.advance_ms(1);
        for (const auto& sink : sinks) CHECK(sink->pieces.size() == pieces + 2);
        CHECK(sinks[0]->frames().back().id == "L-3.1");
    }
}

TEST_CASE("a snapshot of nothing is empty lists") {
    Streaming s;
    const auto frames = s.subscribe()->frames();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].data == R"({"auctions":[],"events":[],"time":1700000000.123})");
    CHECK(frames[0].id == "L-0.0");
}

TEST_CASE("then each change comes as a pair, auction first, with ids that rise") {
    Streaming s;
    const auto sink = s.subscribe();
    sink->frames();
    s.tell_something();
    const auto frames = sink->frames();
    CHECK(ids_of(frames) == all_ids);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        CHECK(frames[i].event == (i % 2 == 0 ? "auction" : "history"));
    }
    CHECK(json::parse(frames[6].data)["current_bid"] == 6);  // as it was, not as it is
    CHECK(json::parse(frames[8].data)["current_bid"] == 7);
}

TEST_CASE("one that comes back gets exactly what it missed, from wherever it was") {
    Streaming s;
    const auto watched = s.subscribe();
    watched->frames();
    s.tell_something();
    const auto all = watched->frames();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto sink = s.subscribe(all[i].id);
        CHECK(sink->frames() ==
              std::vector<Frame>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    }
    CHECK(s.subscribe("L-0.0")->frames() == all);
    CHECK(s.subscribe("L-5.0")->frames() == std::vector<Frame>(all.end() - 2, all.end()));
}

TEST_CASE("one that has seen a snapshot goes on from there") {
    Streaming s;
    s.tell_something();
    const auto id = s.subscribe()->frames().at(0).id;
    s.apply(page("L", 7, {bid(7, 1, "cy", 80)}));
    CHECK(ids_of(s.subscribe(id)->frames()) == std::vector<std::string>{"L-7.0", "L-7.1"});
}

TEST_CASE("one whose id is of another log, or of none, gets a snapshot") {
    Streaming s;
    s.tell_something();
    for (const auto* id : {"M-3.1", "", "nonsense", "L-999999999.0", "L-18446744073709551615.0"}) {
        CAPTURE(id);
        const auto frames = s.subscribe(id)->frames();
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].event == "snapshot");
    }
}

TEST_CASE("one that missed more than is worth telling gets a snapshot") {
    Streaming s;
    const auto early = s.subscribe()->frames().at(0).id;
    FeedPage told{"L", 0, {}};
    const std::string long_name(5'000, 'x');
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
        told.events.push_back(created(i, i, long_name, 1));
    }
    told.index = 2'000;
    s.apply(numbered(told));
    CHECK(s.subscribe(early)->frames().at(0).event == "snapshot");
    CHECK(s.subscribe("L-1999.1")->frames().size() == 2);
}

TEST_CASE("one that does not read keeps its place and goes on when it reads again") {
    Streaming s;
    const auto slow = s.subscribe();
    const auto quick = s.subscribe();
    slow->frames();
    quick->frames();
    slow->reading = false;
    s.tell_something();
    s.tell_something();  // told before: nothing new
    s.apply(page("L", 7, {bid(7, 1, "cy", 80)}));
    CHECK(quick->frames().size() == all_ids.size() + 2);
    CHECK(slow->pieces.size() == 4);  // advice, snapshot and its end, the first page
    slow->read_on();
    auto expected = all_ids;
    expected.emplace_back("L-7.0");
    expected.emplace_back("L-7.1");
    CHECK(ids_of(slow->frames()) == expected);
    CHECK(s.hub->counters().disconnected_slow == 0);
}

TEST_CASE("one that falls out of the window is ended, and may come back for a snapshot") {
    Streaming s;
    const auto slow = s.subscribe();
    const auto quick = s.subscribe();
    slow->frames();
    quick->frames();
    slow->reading = false;
    s.apply(page("L", 1, {created(1, 1, "Lamp", 1)}));
    const std::uint64_t changes = limits::stream_window_events / 2 + 5;
    for (std::uint64_t i = 2; i < changes; i += 1'000) {
        FeedPage told{"L", i + 999, {}};
        for (std::uint64_t j = i; j < i + 1'000; ++j) {
            told.events.push_back(testing::closed(j, 1, "", 1));
        }
        s.apply(numbered(told));
        quick->frames();
    }
    CHECK(slow->closed);
    CHECK(slow->discarded);
    CHECK(s.hub->counters().disconnected_slow == 1);
    CHECK(s.hub->counters().subscribers == 1);
    CHECK_FALSE(quick->closed);
    CHECK(s.subscribe("L-0.0")->frames().at(0).event == "snapshot");
}

TEST_CASE("a subscriber may follow one auction alone") {
    Streaming s;
    s.apply(page("L", 2, {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5)}));
    const auto desk = s.subscribe("", {.auction_id = 2});
    const json snapshot = json::parse(desk->frames().at(0).data);
    REQUIRE(snapshot["auctions"].size() == 1);
    CHECK(snapshot["auctions"][0]["id"] == "2");
    CHECK(snapshot["events"].size() == 1);
    s.apply(page("L", 4, {bid(3, 1, "ann", 60), bid(4, 2, "ann", 6), bid(4, 2, "bob", 7)}));
    CHECK(ids_of(desk->frames()) == std::vector<std::string>{"L-4.0", "L-4.1", "L-4.2", "L-4.3"});
    CHECK(ids_of(s.subscribe("L-4.1", {.auction_id = 2})->frames()) ==
          std::vector<std::string>{"L-4.2", "L-4.3"});
    CHECK(
        json::parse(s.subscribe("", {.auction_id = 99})->frames().at(0).data)["auctions"].empty());
    desk->frames();
    s.apply(page("L", 5, {bid(5, 1, "cy", 80)}));
    CHECK(desk->frames().empty());
}

TEST_CASE("after fifteen seconds of silence there is a ping, and none before") {
    Streaming s;
    const auto sink = s.subscribe();
    sink->frames();
    s.scheduler.advance_ms(limits::stream_ping_ms - 1'000);
    CHECK(sink->frames().empty());
    s.scheduler.advance_ms(1'600);
    REQUIRE(sink->frames() == std::vector<Frame>{{"", "ping", "{}"}});
    s.scheduler.advance_ms(10'000);
    s.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    sink->frames();
    s.scheduler.advance_ms(10'000);
    CHECK(sink->frames().empty());  // the silence began anew
    s.scheduler.advance_ms(6'000);
    CHECK(sink->frames().size() == 1);
}

TEST_CASE("one that does not read is not pinged") {
    Streaming s;
    const auto sink = s.subscribe();
    sink->reading = false;
    s.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    const auto pieces = sink->pieces.size();
    s.scheduler.advance_ms(60'000);
    CHECK(sink->pieces.size() == pieces);
}

TEST_CASE("one whose last gateway was a little ahead of this one is told nothing twice") {
    Streaming s;
    s.apply(page("L", 2, {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5)}));
    const auto sink = s.subscribe("L-4.1");
    CHECK(sink->frames().empty());
    s.apply(page("L", 3, {bid(3, 1, "ann", 60)}));
    CHECK(sink->frames().empty());
    s.apply(page("L", 4, {bid(4, 2, "ann", 6), bid(4, 2, "bob", 7)}));
    CHECK(ids_of(sink->frames()) == std::vector<std::string>{"L-4.2", "L-4.3"});
    s.apply(page("L", 5, {bid(5, 1, "cy", 80)}));
    CHECK(ids_of(sink->frames()) == std::vector<std::string>{"L-5.0", "L-5.1"});
}

TEST_CASE("one that is ahead and does not read while this gateway catches up misses nothing") {
    Streaming s;
    s.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    const auto sink = std::make_shared<FakeSink>();
    sink->reading = false;
    s.subscribe(sink, "L-2.1");
    s.apply(page("L", 2, {bid(2, 1, "ann", 60)}));
    s.apply(page("L", 3, {bid(3, 1, "bob", 70)}));
    s.apply(page("L", 4, {bid(4, 1, "cy", 80)}));
    sink->read_on();
    CHECK(ids_of(sink->frames()) == std::vector<std::string>{"L-3.0", "L-3.1", "L-4.0", "L-4.1"});
}

TEST_CASE("when the log is another one, all get a fresh snapshot, and nothing of the old") {
    Streaming s;
    const auto sink = s.subscribe();
    const auto slow = s.subscribe();
    slow->reading = false;
    s.tell_something();
    sink->frames();
    s.view.restart("M");
    CHECK(sink->frames().empty());
    s.apply(page("M", 1, {created(1, 5, "Vase", 9)}));
    auto frames = sink->frames();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].event == "snapshot");
    CHECK(frames[0].id == "M-1.1");
    CHECK(json::parse(frames[0].data)["auctions"].size() == 1);
    slow->read_on();
    frames = slow->frames();
    CHECK(frames.back().id == "M-1.1");
    CHECK(frames.back().event == "snapshot");
    s.apply(page("M", 2, {bid(2, 5, "ann", 10)}));
    CHECK(ids_of(sink->frames()) == std::vector<std::string>{"M-2.0", "M-2.1"});
    CHECK(ids_of(slow->frames()) == std::vector<std::string>{"M-2.0", "M-2.1"});
}

TEST_CASE("nothing is told before the view has caught up") {
    Streaming s(false);
    auto told = page("L", 1, {created(1, 1, "Lamp", 50)});
    told.head = 2;
    s.apply(told);
    const auto sink = s.subscribe();
    CHECK(sink->frames().empty());
    s.apply(page("L", 2, {created(2, 2, "Desk", 5)}));
    CHECK(json::parse(sink->frames().at(0).data)["auctions"].size() == 2);
}

TEST_CASE("the text is made once for all that stand at the same place") {
    Streaming s;
    const auto one = s.subscribe();
    const auto two = s.subscribe();
    s.tell_something();
    REQUIRE(one->pieces.size() == 6);
    REQUIRE(two->pieces.size() == 6);
    for (const std::size_t i : {1, 3, 4, 5}) CHECK(one->pieces[i] == two->pieces[i]);
    CHECK(s.subscribe()->pieces[1] == s.subscribe()->pieces[1]);
}

TEST_CASE("subscribers at different places each get their own") {
    Streaming s;
    const auto watched = s.subscribe();
    watched->frames();
    s.tell_something();
    const auto all = watched->frames();
    const auto early = s.subscribe("L-1.0");
    const auto late = s.subscribe("L-4.3");
    const auto early_too = s.subscribe("L-1.0");
    CHECK(early->frames().size() == 11);
    CHECK(late->frames().size() == 2);
    CHECK(early_too->frames().size() == 11);
}

TEST_CASE("a snapshot has its limits: the newest auctions, told that there are more") {
    Streaming s;
    SUBCASE("in number") {
        FeedPage told{"L", 0, {}};
        for (std::uint64_t i = 1; i <= limits::snapshot_auctions + 5; ++i) {
            told.events.push_back(created(i, i, "x", 1));
        }
        told.index = told.events.size();
        s.apply(numbered(told));
        const json data = json::parse(s.subscribe()->frames().at(0).data);
        CHECK(data["truncated"] == true);
        REQUIRE(data["auctions"].size() == limits::snapshot_auctions);
        CHECK(data["auctions"][0]["id"] == "6");
        CHECK(data["auctions"].back()["id"] == std::to_string(limits::snapshot_auctions + 5));
        CHECK(data["events"].size() == limits::snapshot_events);
    }
    SUBCASE("in bytes") {
        FeedPage told{"L", 900, {}};
        for (std::uint64_t i = 1; i <= 900; ++i) {
            told.events.push_back(created(i, i, "x", 1));
            told.events.back().description = std::string(10'000, 'd');
        }
        s.apply(numbered(told));
        const auto frames = s.subscribe()->frames();
        CHECK(frames.at(0).data.size() < limits::snapshot_bytes + 1'000'000);
        const json data = json::parse(frames.at(0).data);
        CHECK(data["truncated"] == true);
        CHECK(data["auctions"].size() > 700);
        CHECK(data["auctions"].back()["id"] == "900");
    }
}

TEST_CASE("a subscriber that is found gone while it is written to is forgotten") {
    Streaming s;
    const auto gone = s.subscribe();
    const auto other = s.subscribe();
    other->frames();
    gone->gone_at_write = true;
    s.tell_something();
    CHECK(s.hub->counters().subscribers == 1);
    CHECK(other->frames().size() == all_ids.size());
    const auto at_once = std::make_shared<FakeSink>();
    at_once->gone_at_write = true;
    s.subscribe(at_once);
    CHECK(s.hub->counters().subscribers == 1);
}

TEST_CASE("one that leaves is forgotten; the hub knows when it is full") {
    Streaming s;
    std::vector<std::shared_ptr<FakeSink>> sinks;
    for (std::size_t i = 0; i < limits::max_subscribers; ++i) {
        CHECK_FALSE(s.hub->full());
        sinks.push_back(s.subscribe());
    }
    CHECK(s.hub->full());
    sinks.back()->leave();
    CHECK_FALSE(s.hub->full());
    CHECK(s.hub->counters().subscribers == limits::max_subscribers - 1);
    CHECK(s.hub->counters().delivered_bytes > 0);
}

const StreamShape lean{.lean = true, .auction_id = {}};

TEST_CASE("a lean stream shows auctions with the number of their bids, else all is the same") {
    Streaming s;
    s.tell_something();
    const auto full = s.subscribe();
    const auto sink = s.subscribe("", lean);
    auto frames = sink->frames();
    REQUIRE(frames.size() == 1);
    const json snapshot = json::parse(frames[0].data);
    CHECK(snapshot["auctions"][0]["bid_count"] == 2);
    CHECK_FALSE(snapshot["auctions"][0].contains("bids"));
    CHECK(snapshot["events"] == json::parse(full->frames().at(0).data)["events"]);
    s.apply(page("L", 7, {bid(7, 1, "cy", 80)}));
    frames = sink->frames();
    const auto full_frames = full->frames();
    REQUIRE(ids_of(frames) == ids_of(full_frames));
    json expected = json::parse(full_frames[0].data);
    expected.erase("bids");
    expected["bid_count"] = 3;
    CHECK(json::parse(frames[0].data) == expected);
    CHECK(frames[1] == full_frames[1]);
}

TEST_CASE("a lean stream tells the newest of the states that wait together, and all history") {
    Streaming s;
    const auto sink = s.subscribe("", lean);
    sink->frames();
    sink->reading = false;
    s.apply(page("L", 2, {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5)}));
    for (std::uint64_t i = 3; i <= 1'000; ++i) {
        s.apply(page("L", i, {bid(i, 1 + i % 2, "ann", static_cast<std::int64_t>(100 + i))}));
    }
    CHECK(s.hub->counters().queued_bytes > 0);
    sink->read_on();
    const auto frames = sink->frames();
    std::vector<std::string> states;
    std::size_t history = 0;
    for (const auto& frame : frames) {
        if (frame.event == "history") ++history;
        if (frame.event == "auction") states.push_back(frame.id);
    }
    CHECK(history == 1'000);
    // The first two left before it stood still.
    CHECK(states == std::vector<std::string>{"L-1.0", "L-2.0", "L-999.0", "L-1000.0"});
    CHECK(json::parse(frames[frames.size() - 2].data)["bid_count"] == 499);
    CHECK(s.hub->counters().coalesced == 996);
}

TEST_CASE("a lean stream goes on behind any event that was told, and tells no history twice") {
    Streaming s;
    s.tell_something();
    const std::vector<std::string> history = {"L-1.1", "L-2.1", "L-3.1", "L-4.1", "L-4.3", "L-6.1"};
    for (std::size_t i = 0; i < history.size(); ++i) {
        std::vector<std::string> told;
        for (const auto& frame : s.subscribe(history[i], lean)->frames()) {
            if (frame.event == "history") told.push_back(frame.id);
        }
        CHECK(told == std::vector<std::string>(history.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                               history.end()));
    }
    CHECK(ids_of(s.subscribe("L-4.0", lean)->frames()) ==
          std::vector<std::string>{"L-4.1", "L-4.2", "L-4.3", "L-6.0", "L-6.1"});
}

TEST_CASE("a lean stream of one auction tells of that one alone") {
    Streaming s;
    const auto sink = s.subscribe("", {.lean = true, .auction_id = 2});
    sink->frames();
    s.tell_something();
    const auto frames = sink->frames();
    CHECK(ids_of(frames) == std::vector<std::string>{"L-2.0", "L-2.1", "L-4.1", "L-4.2", "L-4.3"});
    CHECK(json::parse(frames[3].data)["bid_count"] == 2);
}

TEST_CASE("news go out in rounds that leave the loop its turns, and reach everyone once") {
    Streaming s;
    std::vector<std::shared_ptr<FakeSink>> sinks;
    for (int i = 0; i < 1'000; ++i) {
        sinks.push_back(s.subscribe());
        sinks.back()->frames();
    }
    // Told before any round: all of it goes with one round, and then there is no other.
    s.view.apply(page("L", 1, {created(1, 1, "Lamp", 50)}), [](bool) {});
    CHECK(sinks.front()->frames().empty());
    s.view.apply(page("L", 2, {bid(2, 1, "ann", 60)}), [](bool) {});
    // Who drains, leaves or comes while a round is on its way does not disturb it.
    sinks[500]->leave();
    sinks[999]->leave();
    const auto late = s.subscribe();
    s.scheduler.run_ready();
    for (const auto& sink : sinks) {
        if (!sink->closed) CHECK(sink->frames().size() == 4);
    }
    CHECK(late->frames().size() == 1);
    CHECK(s.hub->counters().delivered_events == 1'001 + 998 * 4);
}

TEST_CASE("sinks that outlive the hub call nobody") {
    Streaming s;
    const auto sink = s.subscribe();
    sink->reading = false;
    s.tell_something();
    s.hub = nullptr;
    sink->read_on();
    sink->leave();
    s.apply(page("L", 9, {bid(9, 1, "zoe", 99)}));
    s.scheduler.advance_ms(60'000);
}

StreamShape with_notices(std::optional<std::uint64_t> auction_id = {}) {
    StreamShape shape;
    shape.notices = true;
    shape.auction_id = auction_id;
    return shape;
}

std::vector<std::string> notices_in(const std::vector<Frame>& frames) {
    std::vector<std::string> notices;
    for (const auto& frame : frames) {
        if (frame.event != "notice") continue;
        const auto notice = json::parse(frame.data);
        notices.push_back(std::string(notice["kind"]) + " " + std::string(notice["recipient"]));
    }
    return notices;
}

TEST_CASE("notices come on streams that ask for them, before the event that they belong to") {
    Streaming streaming;
    const auto plain = streaming.subscribe();
    const auto told = streaming.subscribe("", with_notices());
    const auto one_auction = streaming.subscribe("", with_notices(2));
    streaming.tell_something();
    const auto frames = told->frames();
    CHECK(notices_in(frames) == std::vector<std::string>{"outbid ann", "outbid ann"});
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].event != "notice") continue;
        // Without an id of its own: who loses the connection between the two gets both again.
        CHECK(frames[i].id.empty());
        CHECK(frames[i + 1].event == "history");
        const std::string id = json::parse(frames[i].data)["event_id"];
        CHECK(id == frames[i + 1].id);
    }
    CHECK(notices_in(one_auction->frames()) == std::vector<std::string>{"outbid ann"});
    CHECK(notices_in(plain->frames()).empty());
}

TEST_CASE("the stream tells who won, who lost, and that nobody won") {
    Streaming streaming;
    const auto told = streaming.subscribe("", with_notices());
    streaming.apply(page("L", 5,
                         {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5), bid(3, 1, "bob", 60),
                          bid(4, 1, "a\"nn", 61), bid(5, 1, "cem", 62)}));
    streaming.apply(page("L", 7, {testing::closed(6, 1, "cem", 62), testing::ended(7, 2, "", 5)}));
    CHECK(notices_in(told->frames()) == std::vector<std::string>{"outbid bob", "outbid a\"nn",
                                                                 "won cem", "lost a\"nn",
                                                                 "lost bob", "unsold "});
}

TEST_CASE("of very many who have lost, the stream tells those who bid last") {
    Streaming streaming;
    const auto told = streaming.subscribe("", with_notices());
    std::vector<FeedEvent> events{created(1, 1, "Lamp", 1)};
    const auto bidders = static_cast<std::uint64_t>(limits::max_streamed_losers) + 5;
    for (std::uint64_t i = 0; i < bidders; ++i) {
        events.push_back(bid(2 + i, 1, "b" + std::to_string(i), static_cast<int>(2 + i)));
    }
    streaming.apply(page("L", 1 + bidders, events));
    const std::string winner = "b" + std::to_string(bidders - 1);
    streaming.apply(page("L", 2 + bidders, {testing::ended(2 + bidders, 1, winner, 9)}));
    const auto notices = notices_in(told->frames());
    const auto lost = [&](const char* name) {
        return std::count(notices.begin(), notices.end(), "lost " + std::string(name));
    };
    CHECK(lost("b5") == 1);
    CHECK(lost("b4") == 0);
    CHECK(std::count(notices.begin(), notices.end(), "won " + winner) == 1);
}

TEST_CASE("who comes back gets the notices that it missed, or a snapshot where none were made") {
    Streaming streaming;
    streaming.tell_something();
    const auto first = streaming.subscribe("L-2.1", with_notices());
    CHECK(first->frames().at(0).event == "snapshot");
    streaming.apply(page("L", 7, {bid(7, 1, "ann", 80)}));
    const auto second = streaming.subscribe("L-6.1", with_notices());
    CHECK(notices_in(second->frames()) == std::vector<std::string>{"outbid bob"});
}

}  // namespace
}  // namespace gavel::gateway
