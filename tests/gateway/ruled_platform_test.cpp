#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/gateway/fake_sink.h"
#include "tests/gateway/platform.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

// Clients of auctions with rules of their own, and all that they are ever told.
struct Clients {
    Platform platform;
    std::string told;  // every answer, one after the other
    std::shared_ptr<FakeSink> stream = std::make_shared<FakeSink>();

    Clients() {
        const auto answer = platform.send("gateway", "GET", "/api/updates/stream");
        answer->response.stream(stream);
    }

    json ask(const std::string& service, const std::string& method, const std::string& target,
             const std::string& body = {}, int expected_status = 0, Headers headers = {}) {
        const auto answer = platform.send(service, method, target, body, std::move(headers));
        told += answer->body();
        told += '\n';
        INFO(target << " " << body << ": " << answer->body());
        if (expected_status != 0) REQUIRE(answer->status() == expected_status);
        return json::parse(answer->body());
    }
    json post(const std::string& path, const std::string& body, int expected_status = 200) {
        return ask("gateway", "POST", "/api/auctions" + path, body, expected_status);
    }
    // The path of a new auction at 50, which lasts a day.
    std::string make(const std::string& rules) {
        const auto created = post("",
                                  R"({"name":"Lamp","starting_bid":50,)"
                                  R"("duration_seconds":86400,)" +
                                      rules + "}",
                                  201);
        return "/" + created["auction"]["id"].get<std::string>();
    }
    json shown(const std::string& path) {
        return ask("gateway", "GET", "/api/auctions" + path, {}, 200)["auction"];
    }
    // Everything that can be asked for without asking for a change.
    void read_everything() {
        const auto all = {
            std::pair("gateway", "/api/auctions"),      std::pair("auction_service", "/auctions"),
            std::pair("gateway", "/api/history"),       std::pair("history_service", "/events"),
            std::pair("gateway", "/api/notifications"), std::pair("auction_service", "/feed")};
        for (const auto& [service, target] : all) ask(service, "GET", target, {}, 200);
        ask("go_gateway", "POST", "/auction.AuctionGateway/Execute", R"({"command":"list"})");
        ask("go_gateway", "POST", "/auction.AuctionGateway/GetHistory", "{}");
        const auto late = std::make_shared<FakeSink>();
        platform.send("gateway", "GET", "/api/updates/stream")->response.stream(late);
        platform.scheduler.run_ready();
        told += late->text();
        told += stream->text();
    }
};

TEST_CASE("an auction without rules has the shape that it always had") {
    Clients clients;
    const auto path = clients.make(R"("format":"english","proxy":false)");
    const std::string keys[] = {"id",     "name",          "description", "starting_bid",
                                "status", "status_reason", "bids",        "current_bid"};
    const json auction = clients.shown(path);
    for (const auto& key : keys) CHECK(auction.contains(key));
    CHECK(auction.size() == 11);
    const json refused = clients.post(path + "/bid", R"({"bidder":"ann","amount":50})", 409);
    CHECK(refused == json::parse(R"({"ok":false,"message":"Bid must exceed current value"})"));
    CHECK(clients.post(path + "/bid", R"({"bidder":"ann","max_amount":60})", 409)["error"] ==
          "this auction takes no maximum bids");
}

TEST_CASE("a maximum bid goes through the gateway, and its answer says what is public of it") {
    Clients clients;
    const auto path = clients.make(R"("proxy":true,"increments":5,"reserve":80,"currency":"EUR")");
    json auction = clients.post(path + "/bid", R"({"bidder":"ann","max_amount":100})")["auction"];
    CHECK(auction["current_bid"] == 80.0);  // the reserve
    CHECK(auction["reserve_met"] == true);
    CHECK(auction["min_next_bid"] == 85.0);
    CHECK(auction["state"] == "OPEN");
    CHECK(auction["format"] == "english");
    CHECK_FALSE(auction.contains("reserve"));
    auction = clients.post(path + "/bid", R"({"bidder":"bob","amount":90})")["auction"];
    CHECK(auction["highest_bidder"] == "ann");
    CHECK(auction["bids"][2]["automatic"] == true);
    CHECK(auction["bids"][2]["amount"] == 95.0);
    const json low = clients.post(path + "/bid", R"({"bidder":"bob","amount":99})", 409);
    CHECK(low["ok"] == false);
    CHECK(low["min_next_bid"] == 100.0);
    CHECK(clients.post(path + "/bid", R"({"bidder":"bob","amount":100.001})", 400)["error"] ==
          "the amount has more decimals than the auction's currency");
    auction = clients.post(path + "/close", "")["auction"];
    CHECK(auction["outcome"] == "SOLD");
    CHECK(auction["winner"] == "ann");
    CHECK(auction["price"] == 95.0);
    CHECK(auction["status"] == "CLOSED");
    CHECK(auction["status_reason"] == "Closed manually");
    CHECK(auction == clients.shown(path));
}

TEST_CASE("a bid of another form is refused before it goes anywhere") {
    Clients clients;
    const auto path = clients.make(R"("proxy":true,"increments":5)");
    struct Row {
        const char* body;
        const char* error;
    };
    const Row rows[] = {
        {R"({"max_amount":60})", "bidder is required"},
        {R"({"bidder":"ann"})", "amount must be numeric"},
        {R"({"bidder":"ann","max_amount":null})", "amount must be numeric"},
        {R"({"bidder":"ann","max_amount":"lots"})", "max_amount must be numeric"},
        {R"({"bidder":"ann","max_amount":0})", "max_amount must be positive"},
        {R"({"bidder":"ann","max_amount":1e15})", "max_amount is too large"},
        {R"({"bidder":"ann","max_amount":60.00001})", "max_amount has more than four decimals"},
        {R"({"bidder":"ann","max_amount":60,"amount":60})", "give amount or max_amount, not both"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CHECK(clients.post(path + "/bid", row.body, 400)["error"] == row.error);
    }
    for (const char* action : {"/buy_now", "/retract"}) {
        CHECK(clients.post(path + action, "{}", 400)["error"] == "bidder is required");
        CHECK(clients.post("/7" + std::string(action), R"({"bidder":"ann"})", 404)["error"] ==
              "auction not found");
    }
    CHECK(clients.post("", R"({"name":"Lamp","starting_bid":50,"reserve":40})", 400)["error"] ==
          "reserve must be above starting_bid");
    CHECK(clients.post("",
                       R"({"name":"Lamp","starting_bid":50,"duration_seconds":60,)"
                       R"("soft_close":{"window_seconds":9,"extension_seconds":9,)"
                       R"("hard_end":1700000059}})",
                       400)["error"] ==
          "hard_end of soft_close must not be before the closing time");
}

TEST_CASE("what an auction's rules refuse has words of its own") {
    Clients clients;
    const auto plain = clients.make(R"("seller":"sue")");
    CHECK(clients.post(plain + "/bid", R"({"bidder":"sue","amount":60})", 409)["error"] ==
          "a seller cannot bid on the own auction");
    CHECK(clients.post(plain + "/buy_now", R"({"bidder":"ann"})", 409)["error"] ==
          "this auction cannot be bought now");
    CHECK(clients.post(plain + "/retract", R"({"bidder":"ann"})", 409)["error"] ==
          "bids on this auction cannot be taken back");
    const auto open = clients.make(R"("retractions":true)");
    CHECK(clients.post(open + "/retract", R"({"bidder":"ann"})", 409)["error"] ==
          "this bidder has no bid on this auction");
    const auto later = clients.make(R"("opens_at":1700050000)");
    CHECK(clients.shown(later)["state"] == "SCHEDULED");
    CHECK(clients.shown(later)["status"] == "OPEN");
    CHECK(clients.post(later + "/bid", R"({"bidder":"ann","amount":60})", 409)["error"] ==
          "Not open yet");
    CHECK(clients.post(open + "/cancel", "", 403)["error"].get<std::string>().starts_with(
        "operators only: "));
    const json cancelled =
        clients.ask("auction_service", "POST", "/auctions" + open + "/cancel", "", 200)["auction"];
    CHECK(cancelled["status_reason"] == "Cancelled");
    CHECK(cancelled["outcome"] == "CANCELLED");
    CHECK(clients.post(open + "/bid", R"({"bidder":"ann","amount":60})", 409)["error"] ==
          "Cancelled");
}

TEST_CASE("a purchase and a retraction are told to everyone") {
    Clients clients;
    const auto lamp = clients.make(R"("retractions":true)");
    clients.post(lamp + "/bid", R"({"bidder":"ann","amount":60})");
    clients.post(lamp + "/bid", R"({"bidder":"bob","amount":70})");
    const json after = clients.post(lamp + "/retract", R"({"bidder":"bob"})")["auction"];
    CHECK(after["current_bid"] == 60.0);
    CHECK(after["highest_bidder"] == "ann");
    CHECK(after["bids"].back()["retracted_by"] == "bob");
    // The price has fallen, and a bid below the old one is taken.
    clients.post(lamp + "/bid", R"({"bidder":"cy","amount":65})");

    const auto desk = clients.make(R"("buy_now_price":200)");
    CHECK(clients.shown(desk)["can_buy_now"] == true);
    const json sold = clients.post(desk + "/buy_now", R"({"bidder":"ann"})")["auction"];
    CHECK(sold["status_reason"] == "Sold");
    CHECK(sold["price"] == 200);
    const json events = clients.ask("gateway", "GET", "/api/history", {}, 200)["events"];
    std::vector<std::string> types;
    for (const auto& event : events) types.push_back(event["event_type"]);
    CHECK(types == std::vector<std::string>{"created", "bid", "bid", "retracted", "bid", "created",
                                            "bid", "closed"});
    CHECK(events[3]["payload"] == "bob retracted, now $60.0");
    CHECK(events[7]["payload"] == "ann");
    // The stream says the same as the history.
    std::vector<json> streamed;
    for (const auto& frame : clients.stream->frames()) {
        if (frame.event == "history") streamed.push_back(json::parse(frame.data));
    }
    REQUIRE(streamed.size() == events.size());
    for (std::size_t i = 0; i < streamed.size(); ++i) {
        CHECK(streamed[i]["event_type"] == events[i]["event_type"]);
        CHECK(streamed[i]["payload"] == events[i]["payload"]);
    }
}

TEST_CASE("a repeated request with a key has its first answer, whatever came between") {
    Clients clients;
    const auto path = clients.make(R"("proxy":true,"increments":5,"retractions":true)");
    const auto keyed = [&](const std::string& action, const std::string& body) {
        Headers headers;
        headers.set("Idempotency-Key", "k-" + action + body);
        return clients.ask("gateway", "POST", "/api/auctions" + path + action, body, 200, headers);
    };
    const json first = keyed("/bid", R"({"bidder":"ann","max_amount":100})");
    const json second = keyed("/bid", R"({"bidder":"bob","amount":70})");
    const json third = keyed("/retract", R"({"bidder":"ann"})");
    clients.post(path + "/close", "");
    CHECK(keyed("/bid", R"({"bidder":"ann","max_amount":100})") == first);
    CHECK(keyed("/bid", R"({"bidder":"bob","amount":70})") == second);
    CHECK(keyed("/retract", R"({"bidder":"ann"})") == third);
}

// Whole amounts of money that stand nowhere else, and what they are called.
TEST_CASE("a maximum, a reserve and a hidden bid are in nothing that anyone is told") {
    Clients clients;
    std::vector<std::string> planted;
    const auto plant = [&](const std::string& digits) {
        planted.push_back(digits);
        return digits;
    };
    const auto bid = [&](const std::string& path, const std::string& bidder,
                         const std::string& field, const std::string& amount, int status = 200) {
        clients.post(path + "/bid",
                     R"({"bidder":")" + bidder + R"(",")" + field + "\":" + amount + "}", status);
    };
    const auto english = clients.make(R"("proxy":true,"increments":"ebay","retractions":true,)"
                                      R"("reserve":)" +
                                      plant("918273.64"));
    bid(english, "ann", "max_amount", plant("77123.45"));
    bid(english, "ann", "max_amount", plant("88234.56"));
    bid(english, "ann", "max_amount", "77123.44");
    bid(english, "bob", "amount", "60");
    bid(english, "bob", "amount", "3", 409);
    clients.post(english + "/bids/bulk", R"({"bids":[{"bidder":"ann","max_amount":)" +
                                             plant("99345.67") +
                                             R"(},{"bidder":"bob","amount":4}]})");
    clients.post(english + "/retract", R"({"bidder":"bob"})");
    const auto sealed = clients.make(R"("format":"vickrey","reserve":)" + plant("61728.39"));
    bid(sealed, "ann", "amount", plant("66778.89"));
    bid(sealed, "bob", "amount", plant("55667.78"));
    bid(sealed, "bob", "amount", plant("56667.78"));
    const auto open_sealed = clients.make(R"("format":"sealed_first_price")");
    bid(open_sealed, "cy", "amount", plant("44556.67"));
    clients.read_everything();
    for (const auto& digits : planted) {
        CAPTURE(digits);
        CHECK(clients.told.find(digits) == std::string::npos);
    }
    // Even when it is over: the maximum was never needed, the reserve was not met.
    clients.post(english + "/close", "");
    clients.read_everything();
    for (const char* digits : {"918273.64", "77123.45", "88234.56", "99345.67"}) {
        CHECK(clients.told.find(digits) == std::string::npos);
    }
    // What must be told then, is.
    CHECK(clients.told.find("66778.89") == std::string::npos);
    clients.post(sealed + "/close", "");
    const json opened = clients.shown(sealed);
    CHECK(opened["bids"].size() == 2);
    CHECK(opened["bids"][0]["amount"] == 56667.78);
    CHECK(opened["price"] == 61728.39);  // the reserve, above the second bid
    clients.read_everything();
    for (const char* digits : {"66778.89", "55667.78", "44556.67"}) {
        CAPTURE(digits);
        CHECK(clients.told.find(digits) == std::string::npos);
    }
}

// The gateway makes its auctions from the feed, the auction service has the book.
TEST_CASE("what the gateway shows of random auctions is what the auction service shows") {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        const auto below = [&](std::uint64_t bound) { return random() % bound; };
        Clients clients;
        const char* const rules[] = {
            R"("seller":"a")",
            R"("proxy":true,"increments":5,"reserve":90,"retractions":true)",
            R"("proxy":true,"currency":"EUR","buy_now_price":140,"buy_now_policy":"always")",
            R"("soft_close":{"window_seconds":86400,"extension_seconds":86400})",
            R"("format":"vickrey","reserve":60)",
            R"("format":"dutch","dutch":{"floor":10,"step":1,"interval_seconds":5})",
            R"("opens_at":1700000100)"};
        std::vector<std::string> paths;
        for (const char* rule : rules) paths.push_back(clients.make(rule));
        for (int i = 0; i < 300; ++i) {
            if (below(4) == 0)
                clients.platform.scheduler.advance_ms(static_cast<int>(below(3'000)));
            const auto& path = paths[below(paths.size())];
            const std::string bidder =
                R"("bidder":")" + std::string(1, static_cast<char>('a' + below(4))) + "\"";
            const auto amount = std::to_string(45 + below(100));
            std::string action = "/bid";
            std::string body = bidder + (below(2) == 0 ? R"(,"amount":)" : R"(,"max_amount":)");
            body += amount;
            if (below(15) == 0) action = "/retract";
            if (below(60) == 0) action = "/buy_now";
            if (below(90) == 0) action = "/close";
            clients.post(path + action, action == "/bid" ? "{" + body + "}" : "{" + bidder + "}",
                         0);
        }
        clients.platform.scheduler.advance_ms(200'000);
        const auto from_gateway = clients.platform.send("gateway", "GET", "/api/auctions");
        const auto from_book = clients.platform.send("auction_service", "GET", "/auctions");
        CHECK(from_gateway->body() == from_book->body());
        CHECK(json::parse(from_book->body())["auctions"][6]["state"] != "SCHEDULED");
        const json history = clients.ask("gateway", "GET", "/api/history", {}, 200)["events"];
        std::vector<json> streamed;
        for (const auto& frame : clients.stream->frames()) {
            if (frame.event == "history") streamed.push_back(json::parse(frame.data));
        }
        REQUIRE(streamed.size() == history.size());
        for (std::size_t i = 0; i < streamed.size(); ++i) {
            CHECK(streamed[i]["payload"] == history[i]["payload"]);
        }
    }
}

}  // namespace
}  // namespace gavel::gateway
