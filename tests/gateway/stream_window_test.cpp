#include "services/gateway/stream_window.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "common/limits.h"
#include "services/gateway/stream_position.h"
#include "tests/gateway/feed.h"

namespace gavel::gateway {
namespace {

TEST_CASE("an event id is a log, an index and a number; anything else is none of ours") {
    const auto id = StreamEventId::parse("3fa94c-17.3");
    REQUIRE(id);
    CHECK(id->log_id == "3fa94c");
    CHECK(id->position == StreamPosition{17, 3});
    CHECK(StreamEventId::parse("m1-0.0")->position == StreamPosition{});
    CHECK(StreamEventId::parse("L-18446744073709551615.4294967295"));
    for (const auto* bad : {"",
                            "-",
                            "L",
                            "L-",
                            "L-1",
                            "L-1.",
                            "L-.1",
                            "-1.1",
                            "L-x.1",
                            "L-1.x",
                            "L-1.1x",
                            "L-1.1 ",
                            " L-1.1x",
                            "L-+1.1",
                            "L--1.1",
                            "L-1.-1",
                            "L-1.1.1",
                            "L-1,1",
                            "17.3",
                            "L.1-1",
                            "L-18446744073709551616.0",
                            "L-1.4294967296",
                            "L-1 .1",
                            "L-0x1.1"}) {
        CAPTURE(bad);
        CHECK_FALSE(StreamEventId::parse(bad));
    }
}

TEST_CASE("positions are ordered by index, then by number") {
    CHECK(StreamPosition{1, 9} < StreamPosition{2, 0});
    CHECK(StreamPosition{2, 0} < StreamPosition{2, 1});
}

struct Window {
    StreamWindow window;
    contract::AuctionDocument lamp{1, "Lamp", "", {500'000, Money::Notation::integer}, 0, 0};
    contract::AuctionDocument desk{2, "Desk", "", {50'000, Money::Notation::integer}, 0, 0};

    void add(FeedEvent event, std::uint32_t n = 1) {
        event.n = n;
        auto& auction = event.auction_id == 1 ? lamp : desk;
        if (event.type == FeedEvent::Type::bid) {
            auction.add_bid(event.bidder, event.amount, event.time_us);
        }
        window.add(event, auction);
    }
    std::string frame(std::uint64_t serial) {
        std::string text;
        window.append_frame(text, serial, "L");
        return text;
    }
};

TEST_CASE("a change is two events: the auction as it was then, and the history event") {
    Window w;
    w.add(testing::created(1, 1, "Lamp", 50));
    w.add(testing::bid(2, 1, "ann", 60));
    w.add(testing::bid(2, 1, "bob", 70), 3);
    CHECK(w.window.first() == 0);
    CHECK(w.window.end() == 6);
    CHECK(w.frame(0).starts_with("id: L-1.0\nevent: auction\ndata: {\"id\":\"1\""));
    CHECK(w.frame(0).ends_with("\"bids\":[]}\n\n"));
    CHECK(w.frame(1) ==
          "id: L-1.1\nevent: history\ndata: {\"auction_id\":\"1\","
          "\"event_type\":\"created\",\"payload\":\"Lamp\",\"timestamp\":1.0}\n\n");
    CHECK(w.frame(2).starts_with("id: L-2.0\n"));
    CHECK(w.frame(2).find("bob") == std::string::npos);  // he came later
    CHECK(w.frame(3).find("ann bid $60.0") != std::string::npos);
    CHECK(w.frame(4).starts_with("id: L-2.2\n"));
    CHECK(w.frame(5).starts_with("id: L-2.3\n"));
}

TEST_CASE("data is one line whatever the names hold") {
    Window w;
    w.add(testing::created(1, 1, "a\nb\r\n\ndata: c", 50));
    const std::string frame = w.frame(1);
    CHECK(std::count(frame.begin(), frame.end(), '\n') == 4);
    CHECK(frame.find('\r') == std::string::npos);
}

TEST_CASE("a position leads to the first event after it") {
    Window w;
    w.add(testing::created(3, 1, "Lamp", 50));
    w.add(testing::bid(5, 1, "ann", 60));
    w.add(testing::bid(5, 1, "bob", 70), 3);
    struct Row {
        StreamPosition position;
        std::uint64_t serial;
    };
    const Row rows[] = {{{0, 0}, 0}, {{2, 9}, 0}, {{3, 0}, 1}, {{3, 1}, 2},
                        {{4, 0}, 2}, {{5, 0}, 3}, {{5, 1}, 4}, {{5, 2}, 5},
                        {{5, 3}, 6}, {{5, 4}, 6}, {{9, 0}, 6}};
    for (const auto& row : rows) {
        CAPTURE(row.position.index);
        CAPTURE(row.position.n);
        CHECK(w.window.after(row.position) == row.serial);
    }
}

TEST_CASE("the window keeps the newest events, and knows what it does not have") {
    Window w;
    const auto changes = limits::stream_window_events / 2 + 10;
    for (std::uint64_t i = 1; i <= changes; ++i) w.add(testing::closed(i, 1, "", 50));
    CHECK(w.window.first() == 20);
    CHECK(w.window.end() == 2 * changes);
    CHECK_FALSE(w.window.after({0, 0}));
    CHECK_FALSE(w.window.after({10, 0}));
    CHECK(w.window.after({10, 1}) == 20);  // the last that left: all after it is there
    CHECK(w.window.after({11, 0}) == 21);
}

TEST_CASE("a cleared window goes on with its serials and begins anew with positions") {
    Window w;
    w.add(testing::created(1, 1, "Lamp", 50));
    w.window.clear();
    CHECK(w.window.first() == 2);
    CHECK(w.window.end() == 2);
    CHECK(w.window.after({0, 0}) == 2);
    w.add(testing::created(1, 2, "Desk", 5));
    CHECK(w.window.after({0, 0}) == 2);
    CHECK(w.frame(3).find("Desk") != std::string::npos);
}

TEST_CASE("the newest history comes oldest first, all of it or one auction's") {
    Window w;
    w.add(testing::created(1, 1, "Lamp", 50));
    w.add(testing::created(2, 2, "Desk", 5));
    w.add(testing::bid(3, 1, "ann", 60));
    const auto all = w.window.recent_history(2, std::nullopt);
    CHECK(all.find("Lamp") == std::string::npos);
    CHECK(all.find("Desk") < all.find("ann bid"));
    const auto lamp = w.window.recent_history(9, 1);
    CHECK(lamp.find("Desk") == std::string::npos);
    CHECK(lamp.find("Lamp") < lamp.find("ann bid"));
    CHECK(w.window.recent_history(9, 77).empty());
}

TEST_CASE("how much text is ahead is known before it is made") {
    Window w;
    CHECK(w.window.bytes_since(0) == 0);
    w.add(testing::created(1, 1, "Lamp", 50));
    w.add(testing::bid(2, 1, "ann", 60));
    const auto actual = w.frame(2).size() + w.frame(3).size();
    CHECK(w.window.bytes_since(2) > actual / 2);
    CHECK(w.window.bytes_since(2) < actual * 2);
    CHECK(w.window.bytes_since(0) > w.window.bytes_since(2));
    CHECK(w.window.bytes_since(4) == 0);
}

}  // namespace
}  // namespace gavel::gateway
