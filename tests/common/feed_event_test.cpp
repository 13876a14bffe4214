#include "common/feed/feed_event.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "common/feed/feed_page_scanner.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::int64_t now_us = 1'700'000'000'123'456;

FeedEvent created_event() {
    FeedEvent event;
    event.index = 7;
    event.n = 1;
    event.type = FeedEvent::Type::created;
    event.auction_id = 1'700'000'000'123;
    event.time_us = now_us;
    event.name = "Laptop";
    event.description = "Lightly used";
    event.starting_bid = {500'000, Money::Notation::integer};
    event.duration_seconds = 120;
    event.closing_time_us = now_us + 120'000'000;
    return event;
}

FeedEvent bid_event(FeedEvent::Type type = FeedEvent::Type::bid) {
    FeedEvent event;
    event.index = 8;
    event.type = type;
    event.auction_id = 7;
    event.time_us = now_us;
    event.bidder = "alice";
    event.amount = {600'000, Money::Notation::decimal};
    return event;
}

std::string page_of(const std::string& events, const std::string& index = "9") {
    return R"({"log_id":"log","index":)" + index + R"(,"events":[)" + events + "]}";
}

FeedEvent round_trip(const FeedEvent& event) {
    const auto page = parse_feed_page(page_of(to_json_text(event)));
    REQUIRE(page.events.size() == 1);
    return page.events[0];
}

void check_same(const FeedEvent& a, const FeedEvent& b) {
    CHECK(a.index == b.index);
    CHECK(a.n == b.n);
    CHECK(a.type == b.type);
    CHECK(a.auction_id == b.auction_id);
    CHECK(a.time_us == b.time_us);
    CHECK(a.name == b.name);
    CHECK(a.description == b.description);
    CHECK(a.starting_bid == b.starting_bid);
    CHECK(a.starting_bid.notation == b.starting_bid.notation);
    CHECK(a.duration_seconds == b.duration_seconds);
    CHECK(a.closing_time_us == b.closing_time_us);
    CHECK(a.bidder == b.bidder);
    CHECK(a.amount == b.amount);
    CHECK(a.amount.notation == b.amount.notation);
    CHECK(a.scheduled == b.scheduled);
    CHECK(a.terms == b.terms);
    CHECK(a.moment == b.moment);
    CHECK(a.automatic == b.automatic);
    CHECK(a.retracted_by == b.retracted_by);
    CHECK(a.closing == b.closing);
}

TEST_CASE("an event has one text") {
    CHECK(to_json_text(created_event()) ==
          R"({"index":7,"n":1,"type":"created","auction_id":1700000000123,)"
          R"("timestamp":1700000000.123456,"name":"Laptop","description":"Lightly used",)"
          R"("starting_bid":50,"duration_seconds":120,"closing_time":1700000120.123456})");
    CHECK(to_json_text(bid_event()) ==
          R"({"index":8,"n":0,"type":"bid","auction_id":7,"timestamp":1700000000.123456,)"
          R"("bidder":"alice","amount":60.0})");
}

TEST_CASE("every type of event survives the feed") {
    check_same(round_trip(created_event()), created_event());
    for (const auto type :
         {FeedEvent::Type::bid, FeedEvent::Type::closed, FeedEvent::Type::ended}) {
        check_same(round_trip(bid_event(type)), bid_event(type));
    }
}

TEST_CASE("null, empty and no end survive the feed") {
    auto event = created_event();
    event.description = std::nullopt;
    event.duration_seconds = 0;
    event.closing_time_us = 0;
    check_same(round_trip(event), event);
    event.description = "";
    check_same(round_trip(event), event);

    auto ended = bid_event(FeedEvent::Type::ended);
    ended.bidder = "";
    check_same(round_trip(ended), ended);
}

TEST_CASE("hostile names survive the feed as they are") {
    const std::string names[] = {
        R"("],"events":[)",
        "\\\"",
        "</script><script>",
        std::string("a\0b", 3),
        "\n\r\t\x01\x1f\x7f",
        "\xe2\x80\xa8\xf0\x9f\x94\xa8",
        "{}",
        "null",
        std::string(limits::max_name_bytes, '"'),
    };
    for (const auto& name : names) {
        auto created = created_event();
        created.name = name;
        created.description = name;
        check_same(round_trip(created), created);
        auto bid = bid_event();
        bid.bidder = name;
        check_same(round_trip(bid), bid);
    }
}

TEST_CASE("amounts keep value and notation") {
    for (const std::int64_t units :
         {std::int64_t{1}, std::int64_t{5'000}, std::int64_t{10'000}, std::int64_t{752'525},
          limits::max_money_units - 1, limits::max_money_units}) {
        auto event = bid_event();
        event.amount = {units, Money::Notation::decimal};
        check_same(round_trip(event), event);
    }
    auto event = bid_event();
    event.amount = {limits::max_money_units, Money::Notation::integer};
    check_same(round_trip(event), event);
}

TEST_CASE("times keep their microsecond, today and at the end of the longest auction") {
    std::mt19937_64 random(1);
    const std::int64_t latest_us = now_us + limits::max_duration_seconds * 1'000'000;
    std::uniform_int_distribution<std::int64_t> any(0, latest_us);
    for (int i = 0; i < 20'000; ++i) {
        auto event = bid_event();
        event.time_us = any(random);
        REQUIRE(round_trip(event).time_us == event.time_us);
    }
    // Where a double's spacing is widest against the microsecond: just past 2^32 seconds.
    for (std::int64_t us = 4'294'967'296'000'000; us < 4'294'967'296'020'000; ++us) {
        auto event = bid_event();
        event.time_us = us;
        REQUIRE(round_trip(event).time_us == us);
    }
}

TEST_CASE("the largest numbers survive the feed") {
    auto event = bid_event();
    event.index = ~std::uint64_t{0};
    event.n = ~std::uint32_t{0};
    event.auction_id = ~std::uint64_t{0};
    check_same(round_trip(event), event);
}

TEST_CASE("a page may have no events") {
    const auto page = parse_feed_page(page_of("", "12"));
    CHECK(page.log_id == "log");
    CHECK(page.index == 12);
    CHECK(page.events.empty());
}

TEST_CASE("a page tells how far the feed had come; one that does not is taken to end it") {
    CHECK(parse_feed_page(page_of("", "12")).head == 12);
    CHECK(parse_feed_page(R"({"log_id":"log","index":12,"head":99,"events":[]})").head == 99);
    CHECK_THROWS_AS(parse_feed_page(R"({"log_id":"log","index":12,"head":"x","events":[]})"),
                    std::runtime_error);
}

TEST_CASE("events keep the order of the page") {
    const auto page =
        parse_feed_page(page_of(to_json_text(created_event()) + "," + to_json_text(bid_event())));
    REQUIRE(page.events.size() == 2);
    CHECK(page.events[0].type == FeedEvent::Type::created);
    CHECK(page.events[1].type == FeedEvent::Type::bid);
}

TEST_CASE("what is not a page is refused") {
    const std::string bad[] = {
        "",
        "<html>",
        "null",
        "[]",
        "5",
        "{}",
        R"({"error":"not found"})",
        R"({"index":1,"events":[]})",
        R"({"log_id":"log","events":[]})",
        R"({"log_id":"log","index":1})",
        R"({"log_id":5,"index":1,"events":[]})",
        R"({"log_id":"log","index":"1","events":[]})",
        R"({"log_id":"log","index":1,"events":null})",
        R"({"log_id":"log","index":1,"events":{}})",
        R"({"log_id":"log","index":1,"events":5})",
        R"({"log_id":"log","index":1,"events":[]}x)",
        page_of("5"),
        page_of("{}"),
        page_of("null"),
    };
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_feed_page(text), std::runtime_error);
    }
}

TEST_CASE("an event with a field missing, of another type or out of range is refused") {
    const auto refused = [](FeedEvent event, const char* field, const nlohmann::json& value) {
        auto object = nlohmann::json::parse(to_json_text(event));
        REQUIRE(object.contains(field));
        if (value.is_discarded()) {
            object.erase(field);
        } else {
            object[field] = value;
        }
        try {
            parse_feed_page(page_of(object.dump()));
            return false;
        } catch (const std::runtime_error&) {
            return true;
        }
    };
    const nlohmann::json missing(nlohmann::json::value_t::discarded);
    for (const char* field : {"index", "n", "type", "auction_id", "timestamp", "name",
                              "description", "starting_bid", "duration_seconds", "closing_time"}) {
        CAPTURE(field);
        CHECK(refused(created_event(), field, missing));
        CHECK(refused(created_event(), field, nlohmann::json::array()));
    }
    for (const char* field : {"bidder", "amount"}) {
        CHECK(refused(bid_event(), field, missing));
        CHECK(refused(bid_event(), field, nullptr));
    }
    CHECK(refused(bid_event(), "type", "exploded"));
    CHECK(refused(bid_event(), "amount", 0));
    CHECK(refused(bid_event(), "amount", -5));
    CHECK(refused(bid_event(), "amount", 0.00001));
    CHECK(refused(bid_event(), "amount", 1e300));
    CHECK(refused(bid_event(), "amount", ~std::uint64_t{0}));
    CHECK(refused(bid_event(), "amount", "60"));
    CHECK(refused(bid_event(), "timestamp", 1e300));
    CHECK(refused(bid_event(), "timestamp", -1e300));
    CHECK(refused(bid_event(), "timestamp", "now"));
}

TEST_CASE("the history's payload is the name, the bid in words, or the highest bidder") {
    CHECK(history_payload(created_event()) == "Laptop");
    auto bid = bid_event();
    CHECK(history_payload(bid) == "alice bid $60.0");
    bid.amount = {600'000, Money::Notation::integer};
    CHECK(history_payload(bid) == "alice bid $60.0");
    bid.amount.units = 605'000;
    CHECK(history_payload(bid) == "alice bid $60.5");
    CHECK(history_payload(bid_event(FeedEvent::Type::closed)) == "alice");
    auto ended = bid_event(FeedEvent::Type::ended);
    ended.bidder = "";
    CHECK(history_payload(ended) == "");
}

TEST_CASE("an event's id names its log, its entry and its place in the entry") {
    CHECK(event_id("log", 12, 0) == "log-12.0");
    CHECK(event_id("log", ~std::uint64_t{0}, 3) == "log-18446744073709551615.3");
}

// The same page as JSON that the scanner leaves to the reader.
std::string spaced(const std::string& page) {
    return "{ " + page.substr(1);
}

TEST_CASE("the scanner reads the service's own form, and reads it as the JSON reader does") {
    std::mt19937_64 random(7);
    const auto below = [&random](std::int64_t limit) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
    };
    for (int round = 0; round < 2'000; ++round) {
        FeedEvent event = round % 3 == 0 ? created_event() : bid_event();
        if (round % 5 == 1) event.type = FeedEvent::Type::ended;
        event.index = random() >> (below(50) + 6);
        event.time_us = below(4'000'000'000'000'000);
        const auto notation = below(2) == 0 ? Money::Notation::integer : Money::Notation::decimal;
        event.amount = {below(limits::max_money_units) + 1, notation};
        event.starting_bid = {(below(1'000'000) + 1) * 10'000, notation};
        if (below(2) == 0) event.description.reset();
        if (below(4) == 0) event.closing_time_us = 0;
        const std::string page = R"({"log_id":"log","index":9,"head":12,"events":[)" +
                                 to_json_text(event) + "," + to_json_text(bid_event()) + "]}";
        const auto scanned = scan_feed_page(page);
        REQUIRE(scanned);
        CHECK_FALSE(scan_feed_page(spaced(page)));
        const auto read = parse_feed_page(spaced(page));
        CHECK(scanned->log_id == read.log_id);
        CHECK(scanned->index == read.index);
        CHECK(scanned->head == read.head);
        REQUIRE(scanned->events.size() == read.events.size());
        for (std::size_t i = 0; i < read.events.size(); ++i) {
            check_same(scanned->events[i], read.events[i]);
        }
    }
}

// Events of auctions with rules of their own.
std::vector<FeedEvent> ruled_events() {
    FeedEvent created = created_event();
    created.scheduled = true;
    created.terms =
        R"("format":"english","soft_close":{"window_seconds":60},"rows":[{"step":1.50}])";
    created.moment = R"("min_next_bid":50)";
    FeedEvent automatic = bid_event();
    automatic.automatic = true;
    automatic.closing_time_us = now_us + 60'000'000;
    automatic.moment = R"("min_next_bid":65.0,"note":"a \"}{\\","is":null,"met":true,"n":-5)";
    FeedEvent opened = bid_event(FeedEvent::Type::opened);
    opened.bidder = "";
    FeedEvent extended = bid_event(FeedEvent::Type::extended);
    extended.closing_time_us = now_us + 90'000'000;
    FeedEvent retracted = bid_event(FeedEvent::Type::retracted);
    retracted.retracted_by = "bob";
    retracted.closing_time_us = now_us;
    retracted.moment = R"("min_next_bid":50)";
    FeedEvent bought = bid_event(FeedEvent::Type::closed);
    bought.closing = FeedEvent::Closing::bought;
    bought.moment = R"("outcome":"SOLD","winner":"alice","price":60.0)";
    FeedEvent cancelled = bid_event(FeedEvent::Type::closed);
    cancelled.closing = FeedEvent::Closing::cancelled;
    return {created, automatic, opened, extended, retracted, bought, cancelled};
}

TEST_CASE("what an auction's own rules tell comes through the feed letter by letter") {
    for (const auto& event : ruled_events()) {
        CAPTURE(to_string(event.type));
        check_same(round_trip(event), event);
        const std::string page =
            R"({"log_id":"log","index":9,"head":12,"events":[)" + to_json_text(event) + "]}";
        const auto scanned = scan_feed_page(page);
        REQUIRE(scanned);
        check_same(scanned->events.at(0), event);
        check_same(parse_feed_page(spaced(page)).events.at(0), event);
        for (std::size_t i = 0; i < page.size(); ++i) {
            CHECK_FALSE(scan_feed_page(page.substr(0, i)));
        }
    }
}

// The scanner leaves a page with any other letter to the JSON reader.
TEST_CASE("an event may end with what is kept as text, or is unknown: the next one is read, too") {
    FeedEvent created = ruled_events().front();
    created.name = "L\xc3\xa4mp";
    std::string newer = to_json_text(bid_event());
    newer.insert(newer.size() - 1, R"(,"of_a_newer_version":{"list":[{}]},"flag":true)");
    std::string text = to_json_text(created) + "," + newer;
    for (const auto& event : ruled_events()) text += "," + to_json_text(event);
    const auto page = parse_feed_page(page_of(text));
    REQUIRE(page.events.size() == 2 + ruled_events().size());
    check_same(page.events[0], created);
    check_same(page.events[1], bid_event());
    for (std::size_t i = 0; i < ruled_events().size(); ++i) {
        CAPTURE(i);
        check_same(page.events[i + 2], ruled_events()[i]);
    }
}

TEST_CASE("the history says what an auction's own rules did") {
    const auto events = ruled_events();
    CHECK(history_payload(events[2]) == "");
    CHECK(history_payload(events[3]) == "1700000090.123456");
    CHECK(history_payload(events[4]) == "bob retracted, now $60.0");
    CHECK(history_payload(events[5]) == "alice");
}

TEST_CASE("the scanner takes nothing that is cut, altered or of another form") {
    const std::string page = R"({"log_id":"log","index":9,"head":12,"events":[)" +
                             to_json_text(created_event()) + "," + to_json_text(bid_event()) + "]}";
    REQUIRE(scan_feed_page(page));
    CHECK(scan_feed_page(R"({"log_id":"log","index":0,"head":0,"events":[]})"));
    for (std::size_t i = 0; i < page.size(); ++i) CHECK_FALSE(scan_feed_page(page.substr(0, i)));
    CHECK_FALSE(scan_feed_page(page + " "));
    const auto with = [&page](const std::string& what, const std::string& by) {
        std::string changed = page;
        return scan_feed_page(changed.replace(changed.find(what), what.size(), by));
    };
    CHECK_FALSE(with("alice", "al\\u0069ce"));
    CHECK_FALSE(with("alice", "\xc3\xa4lice"));
    CHECK_FALSE(with("60.0", "60."));
    CHECK_FALSE(with("60.0", "60.00001"));
    CHECK_FALSE(with("60.0", "060.0"));
    CHECK_FALSE(with("60.0", "-60.0"));
    CHECK_FALSE(with("60.0", "0.0"));
    CHECK_FALSE(with("60.0", "6e1"));
    CHECK_FALSE(with("60.0", "99999999999999999999.0"));
    CHECK_FALSE(with("\"index\":7", "\"index\":99999999999999999999"));
    CHECK_FALSE(with("bid\"", "offer\""));
    CHECK_FALSE(with("\"n\":0", "\"n\":4294967296"));
}

TEST_CASE("a time that the JSON reader refuses is refused by the scanner, too") {
    FeedEvent event = bid_event();
    const auto page = [&event](std::int64_t time_us) {
        event.time_us = time_us;
        return R"({"log_id":"log","index":9,"head":12,"events":[)" + to_json_text(event) + "]}";
    };
    const auto last_us = feed_time_limit_seconds * 1'000'000 - 1;
    CHECK(scan_feed_page(page(last_us)));
    CHECK_NOTHROW(parse_feed_page(spaced(page(last_us))));
    CHECK_FALSE(scan_feed_page(page(last_us + 1)));
    CHECK_THROWS_AS(parse_feed_page(page(last_us + 1)), std::runtime_error);
}

}  // namespace
}  // namespace gavel
