#include "services/history/history_reader.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "common/limits.h"
#include "services/history/history_store.h"
#include "tests/support/feed_pages.h"

namespace gavel::history {
namespace {

using nlohmann::json;
using testing::bid;
using testing::closed;
using testing::created;
using testing::page;

struct History {
    HistoryStore store{""};
    HistoryReader reader{store.database()};

    json read(const HistoryQuery& query) { return json::parse(reader.read(query).body); }
};

Note note(const std::string& auction_id, const std::string& payload) {
    Note result;
    result.auction_id = auction_id;
    result.payload = payload;
    result.time_us = 1'500'000;
    return result;
}

TEST_CASE("an event has the original's four keys in its order") {
    History history;
    history.store.append(page("L", 2, {created(1, 1, "A \"lamp\"\n", 50), bid(2, 1, "ann", 60)}));
    history.store.append({note("null", "[1,2]")});
    const auto answer = history.reader.read({});
    CHECK_FALSE(answer.truncated);
    CHECK(answer.body ==
          R"({"events":[)"
          R"({"auction_id":"1","event_type":"created","payload":"A \"lamp\"\n","timestamp":1.0},)"
          R"({"auction_id":"1","event_type":"bid","payload":"ann bid $60.0","timestamp":2.0},)"
          R"({"auction_id":null,"event_type":null,"payload":[1,2],"timestamp":1.5}]})");
}

TEST_CASE("the full shape adds where an event is from, who and how much") {
    History history;
    history.store.append(
        page("L", 3, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60), closed(3, 1, "", 60)}));
    history.store.append({note("\"1\"", "\"x\"")});
    HistoryQuery query;
    query.full = true;
    CHECK(history.reader.read(query).body ==
          R"({"events":[)"
          R"({"auction_id":"1","event_type":"created","payload":"Lamp","timestamp":1.0,)"
          R"("id":"L-1.0","seq":1,"bidder":null,"amount":null},)"
          R"({"auction_id":"1","event_type":"bid","payload":"ann bid $60.0","timestamp":2.0,)"
          R"("id":"L-2.0","seq":2,"bidder":"ann","amount":60.0},)"
          R"({"auction_id":"1","event_type":"closed","payload":"","timestamp":3.0,)"
          R"("id":"L-3.0","seq":3,"bidder":"","amount":60.0},)"
          R"({"auction_id":"1","event_type":null,"payload":"x","timestamp":1.5,)"
          R"("id":null,"seq":4,"bidder":null,"amount":null}]})");
}

TEST_CASE("pages join to the whole history, and the last one says so") {
    History history;
    FeedPage seven{"L", 7, {}};
    for (std::uint64_t i = 1; i <= 7; ++i) seven.events.push_back(bid(i, i % 2, "ann", 60));
    history.store.append(seven);
    for (const std::size_t limit : {1, 2, 3, 7, 8}) {
        CAPTURE(limit);
        HistoryQuery query;
        query.limit = limit;
        json joined = json::array();
        for (;;) {
            const auto answer = history.read(query);
            CHECK(answer["events"].size() <= limit);
            for (const auto& event : answer["events"]) joined.push_back(event);
            if (answer["next"].is_null()) break;
            query.after = answer["next"].get<std::uint64_t>();
        }
        CHECK(joined == history.read({})["events"]);
    }
}

TEST_CASE("a page beyond the end is empty and the last") {
    History history;
    HistoryQuery query;
    query.after = 1000;
    CHECK(history.reader.read(query).body == R"({"events":[],"next":null})");
    CHECK(history.reader.read({}).body == R"({"events":[]})");
}

TEST_CASE("one auction's events are found by its id as text, paged or not") {
    History history;
    history.store.append(page(
        "L", 4, {bid(1, 7, "a", 1), bid(2, 77, "b", 1), bid(3, 7, "c", 1), bid(4, 8, "d", 1)}));
    history.store.append({note("7", "\"a number\""), note("\"7\"", "\"text\"")});
    HistoryQuery query;
    query.auction_id = "7";
    const auto all = history.read(query)["events"];
    REQUIRE(all.size() == 3);
    CHECK(all[2]["payload"] == "text");
    query.limit = 2;
    const auto first = history.read(query);
    CHECK(first["events"].size() == 2);
    query.after = first["next"].get<std::uint64_t>();
    const auto second = history.read(query);
    CHECK(second["events"].size() == 1);
    CHECK(second["next"].is_null());
    for (const char* unknown : {"", "9", "\"", "7' OR '1'='1"}) {
        query = {};
        query.auction_id = unknown;
        CHECK(history.read(query)["events"].empty());
    }
}

TEST_CASE("without a page the newest events are told, oldest first, and that there were more") {
    History history;
    const auto count = limits::max_history_answer_events + 5;
    FeedPage many{"L", count, {}};
    for (std::uint64_t i = 1; i <= count; ++i) many.events.push_back(bid(i, 1, "ann", 60));
    history.store.append(many);
    const auto answer = history.reader.read({});
    CHECK(answer.truncated);
    const auto events = json::parse(answer.body)["events"];
    CHECK(events.size() == limits::max_history_answer_events);
    CHECK(events.front()["timestamp"] == 6.0);
    CHECK(events.back()["timestamp"] == static_cast<double>(count));

    HistoryQuery query;
    query.after = 0;
    CHECK(history.read(query)["events"].size() == limits::max_history_page_events);
}

TEST_CASE("an answer is bounded in bytes too, and paging goes on where it stopped") {
    History history;
    const std::string payload = '"' + std::string(1'000'000, 'x') + '"';
    for (int i = 0; i < 80; ++i) history.store.append({note("null", payload)});
    const auto newest = history.reader.read({});
    CHECK(newest.truncated);
    CHECK(newest.body.size() < limits::max_history_answer_bytes + 2'000'000);
    HistoryQuery query;
    query.limit = 80;
    const auto first = history.read(query);
    CHECK(first["events"].size() < 80);
    query.after = first["next"].get<std::uint64_t>();
    const auto second = history.read(query);
    CHECK(second["next"].is_null());
    CHECK(first["events"].size() + second["events"].size() == 80);
}

}  // namespace
}  // namespace gavel::history
