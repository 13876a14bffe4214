#include "services/auction/auction_handler.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/limits.h"
#include "tests/auction/service.h"

namespace gavel::auction {
namespace {

using nlohmann::json;
using testing::ask;

TEST_CASE("an auction is shown in the words and the order of the contract") {
    Service s;
    const auto answer =
        s.post("/auctions", R"({"name":"Laptop","description":"Lightly used","starting_bid":50,)"
                            R"("duration_seconds":120})");
    CHECK(answer->status() == 201);
    CHECK(answer->body() ==
          R"({"auction":{"id":"1700000000000","name":"Laptop","description":"Lightly used",)"
          R"("starting_bid":50,"current_bid":50,"highest_bidder":"","duration_seconds":120,)"
          R"("status":"OPEN","status_reason":"Open for bids","closing_time":1700000120.0,)"
          R"("bids":[]}})");
    CHECK(answer->header("Gavel-Index") == "1");
    const auto bid = s.post("/auctions/1700000000000/bid", bid_of("a", "60"));
    CHECK(bid->status() == 200);
    CHECK(bid->body() ==
          R"({"auction":{"id":"1700000000000","name":"Laptop","description":"Lightly used",)"
          R"("starting_bid":50,"current_bid":60,"highest_bidder":"a","duration_seconds":120,)"
          R"("status":"OPEN","status_reason":"Open for bids","closing_time":1700000120.0,)"
          R"("bids":[{"bidder":"a","amount":60,"timestamp":1700000000.0}]}})");
    CHECK(bid->header("Gavel-Index") == "2");
}

TEST_CASE("what is refused says why, in the original's words") {
    Service s;
    const auto auction = s.make();
    const auto closed = s.make();
    s.post(closed + "/close");
    struct Row {
        std::string target;
        std::string body;
        int status;
        const char* answer;
    };
    const Row rows[] = {
        {"/auctions", R"({"starting_bid":5})", 400, R"({"error":"name is required"})"},
        {"/auctions", R"({"name":"x"})", 400, R"({"error":"starting_bid must be positive"})"},
        {"/auctions", R"({"name":"x","starting_bid":"5"})", 400,
         R"({"error":"starting_bid must be a number"})"},
        {"/auctions", R"({"duration_seconds":-1})", 400,
         R"({"error":"duration_seconds cannot be negative"})"},
        {"/auctions", "{", 400, R"({"error":"request body is not valid JSON"})"},
        {auction + "/bid", bid_of("", "60"), 400, R"({"error":"invalid bid"})"},
        {auction + "/bid", R"({"amount":60})", 400, R"({"error":"invalid bid"})"},
        {auction + "/bid", bid_of("x", "0"), 400, R"({"error":"invalid bid"})"},
        {auction + "/bid", bid_of("x", "-3"), 400, R"({"error":"invalid bid"})"},
        {auction + "/bid", bid_of("x", "\"lots\""), 400, R"({"error":"amount must be numeric"})"},
        {auction + "/bid", R"({"bidder":7,"amount":60})", 400,
         R"({"error":"bidder must be text"})"},
        {auction + "/bid", bid_of("x", "60.00001"), 400,
         R"({"error":"amount has more than four decimals"})"},
        {auction + "/bid", bid_of("x", "50"), 409,
         R"({"ok":false,"message":"Bid must exceed current value"})"},
        {closed + "/bid", bid_of("x", "60"), 409, R"({"error":"Closed manually"})"},
        {"/auctions/424242/bid", bid_of("x", "90"), 404, R"({"error":"auction not found"})"},
        {"/auctions/nope/bid", bid_of("x", "90"), 404, R"({"error":"auction not found"})"},
        {"/auctions/424242/close", "", 404, R"({"error":"auction not found"})"},
        {"/auctions/-1/close", "", 404, R"({"error":"auction not found"})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CAPTURE(row.body);
        const auto answer = s.post(row.target, row.body);
        CHECK(answer->status() == row.status);
        CHECK(answer->body() == row.answer);
    }
    CHECK(s.send("GET", "/auctions/424242")->status() == 404);
    CHECK(s.send("GET", "/nope")->status() == 404);
    CHECK(s.send("PUT", "/auctions")->status() == 405);
    CHECK(s.send("PUT", "/auctions")->header("Allow") == "POST, GET, HEAD");
}

TEST_CASE("a list shows all auctions in order of creation; minimal leaves out the bids") {
    Service s;
    CHECK(s.send("GET", "/auctions")->body() == R"({"auctions":[]})");
    const auto first = s.make();
    s.make();
    s.post(first + "/bid", bid_of("a", "60"));
    const auto full = json::parse(s.send("GET", "/auctions/")->body())["auctions"];
    REQUIRE(full.size() == 2);
    CHECK(full[0]["bids"].size() == 1);
    CHECK(full[0]["id"] < full[1]["id"]);
    const Headers minimal = {{"Prefer", "return=minimal"}};
    const auto lean = s.send("GET", "/auctions", "", minimal);
    CHECK_FALSE(json::parse(lean->body())["auctions"][0].contains("bids"));
    CHECK(lean->header("Gavel-Index") == "3");
    for (const auto& answer :
         {s.send("GET", first, "", minimal), s.post(first + "/bid", bid_of("b", "70"), minimal),
          s.post(first + "/close", "", minimal)}) {
        const auto auction = json::parse(answer->body())["auction"];
        CHECK(auction["highest_bidder"].is_string());
        CHECK_FALSE(auction.contains("bids"));
    }
}

TEST_CASE("an auction ends by itself, and a bid or a close after that is told so") {
    Service s;
    const auto auction = s.make(2);
    s.post(auction + "/bid", bid_of("a", "60"));
    s.scheduler.advance_ms(2'000);
    CHECK(s.post(auction + "/bid", bid_of("b", "70"))->body() == R"({"error":"Bid time ended"})");
    const auto shown = json::parse(s.send("GET", auction)->body())["auction"];
    CHECK(shown["status"] == "ENDED");
    const auto close = s.post(auction + "/close");
    CHECK(close->status() == 200);
    CHECK(json::parse(close->body())["auction"]["status"] == "ENDED");
}

// ---- Bulk ----

TEST_CASE("bulk bids are answered one by one, what was no bid at all among them") {
    Service s;
    const auto auction = s.make();
    const auto answer =
        s.post(auction + "/bids/bulk",
               R"({"bids":[{"bidder":"alice","amount":60},{"bidder":"bob","amount":"55"},)"
               R"({"bidder":"bob","amount":" 7_0.5 "},{"amount":80},"junk",)"
               R"({"bidder":"x","amount":"lots"},{"bidder":"x","amount":0},)"
               R"({"bidder":5,"amount":[1]},null]})");
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Index") == "2");
    const json body = json::parse(answer->body());
    CHECK(body["submitted"] == 9);
    CHECK(body["accepted"] == 2);
    const json& results = body["results"];
    REQUIRE(results.size() == 9);
    struct Row {
        const char* bidder;
        const char* amount;
        int status;
        const char* message;
    };
    const Row rows[] = {
        {"alice", "60", 200, nullptr},
        {"bob", R"("55")", 409, "Bid must exceed current value"},
        {"bob", R"(" 7_0.5 ")", 200, nullptr},
        {"", "80", 400, "bidder is required"},
        {"", "null", 400, "bidder is required"},
        {"x", R"("lots")", 400, "amount must be numeric"},
        {"x", "0", 400, "amount must be positive"},
        {"", "[1]", 400, "bidder must be text"},
        {"", "null", 400, "bidder is required"},
    };
    for (std::size_t i = 0; i < 9; ++i) {
        CAPTURE(i);
        CHECK(results[i]["bidder"] == rows[i].bidder);
        CHECK(results[i]["amount"] == json::parse(rows[i].amount));
        CHECK(results[i]["status"] == rows[i].status);
        if (rows[i].message == nullptr) continue;
        const char* name = rows[i].status == 409 ? "message" : "error";
        CHECK(results[i]["response"][name] == rows[i].message);
    }
    // Each accepted one shows the auction as it was just after it.
    CHECK(results[0]["response"]["auction"]["bids"].size() == 1);
    CHECK(results[0]["response"]["auction"]["current_bid"] == 60);
    CHECK(results[2]["response"]["auction"]["bids"].size() == 2);
    CHECK(results[2]["response"]["auction"]["current_bid"] == 70.5);
}

TEST_CASE("bulk bids of which none is accepted are 409; shapes that are none are 400") {
    Service s;
    const auto auction = s.make();
    for (const auto& [target, status, error] :
         {std::tuple(auction, 409, "Bid must exceed current value"),
          std::tuple(std::string("/auctions/424242"), 404, "auction not found"),
          std::tuple(std::string("/auctions/nope"), 404, "auction not found")}) {
        const auto answer =
            s.post(target + "/bids/bulk", R"({"bids":[{"bidder":"b","amount":5}]})");
        CHECK(answer->status() == 409);
        const json body = json::parse(answer->body());
        CHECK(body["accepted"] == 0);
        CHECK(body["results"][0]["status"] == status);
        CHECK(body["results"][0]["response"].dump().find(error) != std::string::npos);
    }
    for (const std::string body :
         {R"({"bids":[]})", "{}", "", R"({"bids":"x"})", R"({"bids":{}})"}) {
        const auto answer = s.post(auction + "/bids/bulk", body);
        CHECK(answer->status() == 400);
        CHECK(answer->body() == R"({"error":"bids must be a non-empty list"})");
    }
    std::string many = R"({"bids":[0)";
    for (std::size_t i = 1; i < limits::max_bulk_bids; ++i) many += ",0";
    CHECK(s.post(auction + "/bids/bulk", many + "]}")->status() == 409);
    CHECK(s.post(auction + "/bids/bulk", many + ",0]}")->status() == 400);
}

TEST_CASE("a bulk answer can be minimal too") {
    Service s;
    const auto auction = s.make();
    const auto answer = s.post(auction + "/bids/bulk", R"({"bids":[{"bidder":"b","amount":60}]})",
                               {{"Prefer", "return=minimal"}});
    CHECK_FALSE(json::parse(answer->body())["results"][0]["response"]["auction"].contains("bids"));
}

TEST_CASE("a bulk answer that would grow beyond its limit leaves out the bids, and says so") {
    const auto bulk = [](std::size_t bids) {
        const std::string bidder(limits::max_bidder_bytes, 'b');
        std::string list;
        for (std::size_t i = 1; i <= bids; ++i) {
            if (i > 1) list += ',';
            list += bid_of(bidder, std::to_string(100 + i));
        }
        return R"({"bids":[)" + list + "]}";
    };
    Service s;
    const auto small = s.post(s.make() + "/bids/bulk", bulk(100));
    CHECK(small->header("Gavel-Truncated").empty());
    CHECK(json::parse(small->body())["results"][99]["response"]["auction"]["bids"].size() == 100);

    const auto auction = s.make();
    const auto large = s.post(auction + "/bids/bulk", bulk(limits::max_bulk_bids));
    CHECK(large->status() == 200);
    CHECK(large->header("Gavel-Truncated") == "true");
    CHECK(large->body().size() < limits::max_bulk_answer_bytes);
    const json body = json::parse(large->body());
    CHECK(body["accepted"] == limits::max_bulk_bids);
    CHECK_FALSE(body["results"][0]["response"]["auction"].contains("bids"));
    CHECK(body["results"][0]["response"]["auction"]["current_bid"] == 101);
    // What is left out is at the auction itself.
    const json shown = json::parse(s.send("GET", auction)->body());
    CHECK(shown["auction"]["bids"].size() == limits::max_bulk_bids);
}

// ---- Idempotency ----

Headers key(const std::string& value) {
    return {{"Idempotency-Key", value}};
}

TEST_CASE("a retry gets exactly the first answer, whatever has happened since") {
    Service s;
    const auto create = R"({"name":"Lamp","starting_bid":50})";
    const auto created = s.post("/auctions", create, key("c"));
    const auto auction =
        "/auctions/" + json::parse(created->body())["auction"]["id"].get<std::string>();
    const auto bid = s.post(auction + "/bid", bid_of("a", "60"), key("b"));
    const auto low = s.post(auction + "/bid", bid_of("z", "55"), key("low"));
    const std::string list = R"({"bids":[{"bidder":"a","amount":70},{"bidder":"b","amount":65}]})";
    const auto bulk = s.post(auction + "/bids/bulk", list, key("bulk"));
    s.post(auction + "/bid", bid_of("c", "99"));
    const auto close = s.post(auction + "/close", "", key("close"));
    CHECK(s.post(auction + "/close")->status() == 200);
    s.scheduler.advance_ms(60'000);
    const auto index = s.send("GET", "/auctions")->header("Gavel-Index");

    struct Row {
        std::string target;
        std::string body;
        const char* key;
        Answer first;
    };
    const Row rows[] = {
        {"/auctions", create, "c", created},
        {auction + "/bid", bid_of("a", "60"), "b", bid},
        {auction + "/bid/", R"( { "amount": 60, "bidder": "a" } )", "b", bid},  // the same JSON
        {auction + "/bid", bid_of("z", "55"), "low", low},
        {auction + "/bids/bulk", list, "bulk", bulk},
        {auction + "/close", "", "close", close},
        {auction + "/close", "{}", "close", close},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        const auto again = s.post(row.target, row.body, key(row.key));
        CHECK(again->status() == row.first->status());
        CHECK(again->body() == row.first->body());
        CHECK(again->header("Gavel-Index") == row.first->header("Gavel-Index"));
    }
    CHECK(low->status() == 409);
    // Nothing went to the log for them.
    CHECK(s.send("GET", "/auctions")->header("Gavel-Index") == index);
}

TEST_CASE("two requests with one key at once take effect once") {
    Service s;
    const auto auction = s.make();
    const auto first = s.start("POST", auction + "/bid", bid_of("a", "60"), key("k"));
    const auto second = s.start("POST", auction + "/bid", bid_of("a", "60"), key("k"));
    s.scheduler.run_ready();
    CHECK(first->status() == 200);
    CHECK(second->body() == first->body());
    CHECK(json::parse(s.send("GET", auction)->body())["auction"]["bids"].size() == 1);
}

TEST_CASE("a key with another body is 422; elsewhere it is another key") {
    Service s;
    const auto auction = s.make();
    s.post(auction + "/bid", bid_of("a", "60"), key("k"));
    const auto reused = s.post(auction + "/bid", bid_of("a", "61"), key("k"));
    CHECK(reused->status() == 422);
    CHECK(reused->body().find("Idempotency-Key was used before") != std::string::npos);
    CHECK(s.post(auction + "/bids/bulk", R"({"bids":[{"bidder":"a","amount":70}]})", key("k"))
              ->status() == 200);
    CHECK(s.post(auction + "/bids/bulk", R"({"bids":[{"bidder":"a","amount":71}]})", key("k"))
              ->status() == 422);
    const auto other = s.make();
    CHECK(s.post(other + "/bid", bid_of("a", "60"), key("k"))->status() == 200);
}

TEST_CASE("a key is 1 to 255 printable characters") {
    Service s;
    const auto auction = s.make();
    int amount = 60;
    for (const std::string& good : {std::string("a"), std::string("\"quoted\" and spaced"),
                                    std::string(limits::max_idempotency_key_bytes, 'k')}) {
        CHECK(
            s.post(auction + "/bid", bid_of("a", std::to_string(amount++)), key(good))->status() ==
            200);
    }
    for (const std::string& bad : {std::string(), std::string("tab\t"), std::string("\xc3\xa9"),
                                   std::string(limits::max_idempotency_key_bytes + 1, 'k')}) {
        const auto refused = s.post(auction + "/bid", bid_of("a", "99"), key(bad));
        CHECK(refused->status() == 400);
        CHECK(refused->body().find("Idempotency-Key must be 1 to 255") != std::string::npos);
    }
}

// ---- Sessions ----

Headers session(const std::string& text) {
    return {{"Gavel-Session", text}};
}

TEST_CASE("a request that a gateway repeats has its first answer and no second effect") {
    Service s;
    const auto auction = s.make();
    const std::string bulk = R"({"bids":[{"bidder":"b","amount":70},{"bidder":"c","amount":1}]})";
    struct Row {
        std::string target;
        std::string body;
        int status;
    };
    const Row rows[] = {{"/auctions", R"({"name":"Desk","starting_bid":5})", 201},
                        {auction + "/bid", bid_of("a", "60"), 200},
                        {auction + "/bid", bid_of("a", "60"), 409},
                        {auction + "/bids/bulk", bulk, 200},
                        {auction + "/close", "", 200}};
    std::vector<Answer> first;
    int serial = 0;
    for (const auto& row : rows) {
        const auto key = session("0123456789abcdef-" + std::to_string(++serial) + "-1");
        first.push_back(s.post(row.target, row.body, key));
        CHECK(first.back()->status() == row.status);
    }
    serial = 0;
    for (const auto& row : rows) {
        const auto key = session("0123456789abcdef-" + std::to_string(++serial) + "-1");
        const auto again = s.post(row.target, row.body, key);
        const auto& before = first.at(static_cast<std::size_t>(serial) - 1);
        CHECK(again->status() == row.status);
        CHECK(again->body() == before->body());
        CHECK(again->header("Gavel-Index") == before->header("Gavel-Index"));
    }
    CHECK(json::parse(s.send("GET", "/auctions")->body())["auctions"].size() == 2);
}

TEST_CASE("two of one serial that are under way at once take effect once") {
    Service s;
    const auto auction = s.make();
    const auto one =
        s.start("POST", auction + "/bid", bid_of("a", "60"), session("00000000000000ff-1-1"));
    const auto two =
        s.start("POST", auction + "/bid", bid_of("a", "60"), session("00000000000000FF-1-1"));
    s.scheduler.run_ready();
    CHECK(one->status() == 200);
    CHECK(two->body() == one->body());
}

TEST_CASE("a serial whose answer nobody waits for is gone") {
    Service s;
    const auto auction = s.make();
    s.post(auction + "/bid", bid_of("a", "60"), session("0000000000000001-1-1"));
    s.post(auction + "/bid", bid_of("a", "70"), session("0000000000000001-2-2"));
    for (const std::string target : {"/bid", "/bids/bulk"}) {
        const auto gone = s.post(
            auction + target, R"({"bidder":"a","amount":90,"bids":[{"bidder":"a","amount":90}]})",
            session("0000000000000001-1-1"));
        CHECK(gone->status() == 410);
        CHECK(gone->body() == R"({"error":"the answer to this request is no longer kept"})");
    }
    CHECK(json::parse(s.send("GET", auction)->body())["auction"]["current_bid"] == 70);
}

TEST_CASE("a serial means one request: another path or body under it is 422") {
    Service s;
    const auto auction = s.make();
    const auto key = session("0000000000000001-1-1");
    s.post(auction + "/bid", bid_of("a", "60"), key);
    CHECK(s.post(auction + "/bid", bid_of("a", "61"), key)->status() == 422);
    CHECK(
        s.post(auction + "/bids/bulk", R"({"bids":[{"bidder":"a","amount":70}]})", key)->status() ==
        422);
    CHECK(s.post(auction + "/close", "", key)->status() == 422);
}

TEST_CASE("a client's own key comes before a gateway's") {
    Service s;
    const auto auction = s.make();
    const Headers both = {{"Idempotency-Key", "k"}, {"Gavel-Session", "nonsense"}};
    CHECK(s.post(auction + "/bid", bid_of("a", "60"), both)->status() == 200);
    CHECK(s.post(auction + "/bid", bid_of("a", "60"), both)->status() == 200);
}

TEST_CASE("a session header of another form is 400") {
    Service s;
    const auto auction = s.make();
    for (const std::string bad :
         {"", "-", "1-1-1", "0000000000000001", "0000000000000001-1", "0000000000000001-1-",
          "0000000000000001-1-2", "0000000000000001--1", "0000000000000001-1-1-1",
          "000000000000000g-1-1", "00000000000000001-1-1", "0000000000000001-x-1",
          "0000000000000001-18446744073709551616-1", " 0000000000000001-1-1",
          "0000000000000001-1-1 ", "0000000000000001-+1-1"}) {
        CAPTURE(bad);
        const auto refused = s.post(auction + "/bid", bid_of("a", "60"), session(bad));
        CHECK(refused->status() == 400);
        CHECK(refused->body().find("Gavel-Session must be") != std::string::npos);
    }
    const auto largest = session("ffffffffffffffff-18446744073709551615-18446744073709551615");
    CHECK(s.post(auction + "/bid", bid_of("a", "60"), largest)->status() == 200);
}

// ---- The feed ----

TEST_CASE("the feed tells every change once, in order, with its numbers") {
    Service s;
    const auto auction = s.make(60);
    s.post(auction + "/bids/bulk",
           R"({"bids":[{"bidder":"a","amount":60},{"bidder":"b","amount":55},)"
           R"({"bidder":"b","amount":70}]})");
    s.post(auction + "/bid", bid_of("c", "1"));
    s.post(auction + "/close");
    s.post(auction + "/close");
    const json page = json::parse(s.send("GET", "/feed")->body());
    CHECK(page["index"] == 5);
    CHECK(page["head"] == 5);
    REQUIRE(page["events"].size() == 4);
    const auto& events = page["events"];
    CHECK(events[0]["type"] == "created");
    CHECK(events[0]["name"] == "Lamp");
    CHECK(events[1]["type"] == "bid");
    CHECK(events[1]["index"] == 2);
    CHECK(events[1]["n"] == 1);
    CHECK(events[2]["n"] == 3);
    CHECK(events[2]["bidder"] == "b");
    CHECK(events[2]["amount"] == 70);
    CHECK(events[3]["type"] == "closed");
    CHECK(events[3]["index"] == 4);
    CHECK(events[3]["bidder"] == "b");
}

TEST_CASE("the feed goes on after an index, in pages, waiting for news when asked to") {
    Service s;
    s.make();
    s.make();
    const auto log = s.log_id();
    auto page = json::parse(s.send("GET", "/feed?after=1&log_id=" + log)->body());
    CHECK(page["events"].size() == 1);
    page = json::parse(s.send("GET", "/feed?limit=1")->body());
    CHECK(page["events"].size() == 1);
    CHECK(page["index"] == 1);
    CHECK(page["head"] == 2);
    CHECK(json::parse(s.send("GET", "/feed?limit=0")->body())["events"].size() == 1);
    CHECK(json::parse(s.send("GET", "/feed?after=2")->body())["events"].empty());

    const auto waiting = s.start("GET", "/feed?after=2&wait_ms=1000");
    const auto impatient = s.start("GET", "/feed?after=2&wait_ms=10");
    s.scheduler.advance_ms(10);
    CHECK_FALSE(waiting->arrived);
    CHECK(json::parse(impatient->body())["events"].empty());
    s.make();
    CHECK(json::parse(waiting->body())["events"].size() == 1);

    const auto let_go = s.start("GET", "/feed?after=3&wait_ms=25000");
    s.service.shut_down();
    CHECK(json::parse(let_go->body())["index"] == 3);
}

TEST_CASE("a reader whose place is no part of this log is told 410 and where to begin") {
    Service s;
    s.make();
    for (const std::string target :
         {"/feed?after=2", "/feed?after=18446744073709551615", "/feed?log_id=other",
          "/feed?after=0&log_id=other&wait_ms=1000", "/feed?log_id="}) {
        CAPTURE(target);
        const auto answer = s.send("GET", target);
        CHECK(answer->status() == 410);
        const json body = json::parse(answer->body());
        CHECK(body["oldest_index"] == 1);
        CHECK(body["log_id"] == s.log_id());
    }
}

TEST_CASE("a node of several lets a reader who is ahead of it wait, if it is of the same log") {
    testing::ManualScheduler scheduler;
    AuctionHouse house(scheduler, Service::options());
    AuctionHandler handler(house);
    handler.expect_readers_ahead();
    const std::string ahead = "/feed?after=3&log_id=" + house.log_id();
    const auto at_once = ask(handler, "GET", ahead);
    CHECK(at_once->status() == 200);
    CHECK(json::parse(at_once->body())["index"] == 3);
    CHECK(json::parse(at_once->body())["events"].empty());
    const auto waiting = ask(handler, "GET", ahead + "&wait_ms=1000");
    CHECK_FALSE(waiting->arrived);
    scheduler.advance_ms(1'000);
    CHECK(json::parse(waiting->body())["index"] == 3);
    CHECK(ask(handler, "GET", "/feed?after=3")->status() == 410);
    CHECK(ask(handler, "GET", "/feed?after=3&log_id=other")->status() == 410);
}

TEST_CASE("parameters of the feed that are no numbers in their range are 400") {
    Service s;
    for (const std::string target :
         {"/feed?after=-1", "/feed?after=x", "/feed?after=", "/feed?after=18446744073709551616",
          "/feed?wait_ms=25001", "/feed?wait_ms=1.5", "/feed?limit=5001", "/feed?limit=x"}) {
        CAPTURE(target);
        CHECK(s.send("GET", target)->status() == 400);
    }
}

TEST_CASE("the service says that it lives and is ready") {
    Service s;
    s.make();
    CHECK(s.send("GET", "/livez")->status() == 200);
    CHECK(s.send("GET", "/readyz")->body() == R"({"status":"ready","index":1})");
}

}  // namespace
}  // namespace gavel::auction
