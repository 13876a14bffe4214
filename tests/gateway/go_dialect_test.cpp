#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "services/gateway/go_dialect_handler.h"
#include "tests/gateway/platform.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

// One test for each sentence of the contract's section on the second dialect.

namespace gavel::gateway {
namespace {

using nlohmann::json;

constexpr auto execute_path = "/auction.AuctionGateway/Execute";
constexpr auto history_path = "/auction.AuctionGateway/GetHistory";

struct Go : Platform {
    json execute(const json& command) {
        const auto answer = send("go_gateway", "POST", execute_path, command.dump());
        CHECK(answer->status() == 200);
        return json::parse(answer->body());
    }
    // The id of a new auction at 50.
    std::string make(const json& more = json::object()) {
        json auction{{"name", "Laptop"}, {"starting_bid", 50}};
        auction.update(more);
        const json answer = execute({{"command", "create"}, {"auction", auction}});
        REQUIRE(answer.at("ok") == true);
        return answer.at("auction").at("id");
    }
    json bid(const json& id, const json& amount, const json& bidder = "alice") {
        return execute({{"command", "place_bid"},
                        {"auction", {{"id", id}}},
                        {"bid_amount", amount},
                        {"bidder", bidder}});
    }
    json close(const json& id) {
        return execute({{"command", "close"}, {"auction", {{"id", id}}}});
    }
    json history() {
        const auto answer = send("go_gateway", "POST", history_path, "{}");
        CHECK(answer->status() == 200);
        return json::parse(answer->body());
    }
};

json refusal(const std::string& message) {
    return {{"message", message}};
}

TEST_CASE("an auction has no reason and no bids; what is empty, 0 or false is left out") {
    Go go;
    const json answer = go.execute(
        {{"command", "create"}, {"auction", {{"name", "Laptop"}, {"starting_bid", 50}}}});
    CHECK(answer.size() == 2);
    CHECK(answer["ok"] == true);
    json auction = answer["auction"];
    CHECK(auction["id"].is_string());
    CHECK(auction["closing_time"].is_number_integer());
    CHECK(auction["closing_time"] == 1'700'000'060);
    auction.erase("id");
    auction.erase("closing_time");
    CHECK(auction == json{{"name", "Laptop"},
                          {"starting_bid", 50},
                          {"current_bid", 50},
                          {"duration_seconds", 60},
                          {"status", "OPEN"}});
}

TEST_CASE("a duration of 0 or less, or none, becomes a minute") {
    Go go;
    for (const json& duration : {json(0), json(-5), json(nullptr), json("soon"), json(0.5)}) {
        CAPTURE(duration.dump());
        const json answer = go.execute(
            {{"command", "create"},
             {"auction", {{"name", "x"}, {"starting_bid", 1}, {"duration_seconds", duration}}}});
        CHECK(answer["auction"]["duration_seconds"] == 60);
    }
    const auto id = go.make({{"duration_seconds", 90}, {"description", "used"}});
    const json list = go.execute({{"command", "list"}});
    CHECK(list["auctions"].back()["duration_seconds"] == 90);
    CHECK(list["auctions"].back()["description"] == "used");
    CHECK(list["auctions"].back()["id"] == id);
}

TEST_CASE("create refuses in its own words, without ok") {
    Go go;
    const auto create = [&](const json& auction) {
        return go.execute({{"command", "create"}, {"auction", auction}});
    };
    CHECK(go.execute({{"command", "create"}}) == refusal("missing auction payload"));
    CHECK(create(nullptr) == refusal("missing auction payload"));
    CHECK(create("x") == refusal("missing auction payload"));
    CHECK(create({{"starting_bid", 5}}) == refusal("name is required"));
    CHECK(create({{"name", ""}, {"starting_bid", 5}}) == refusal("name is required"));
    CHECK(create({{"name", "x"}}) == refusal("starting bid must be positive"));
    CHECK(create({{"name", "x"}, {"starting_bid", 0}}) == refusal("starting bid must be positive"));
    CHECK(create({{"name", "x"}, {"starting_bid", -1}}) ==
          refusal("starting bid must be positive"));
    CHECK(create({{"name", "x"}, {"starting_bid", 0.00001}}) ==
          refusal("starting_bid has more than four decimals"));
    CHECK(go.execute({{"command", "list"}}) == json{{"ok", true}});
}

TEST_CASE("a bid that is taken shows the auction with its new price") {
    Go go;
    const auto id = go.make();
    const json answer = go.bid(id, 60);
    CHECK(answer["ok"] == true);
    CHECK(answer["auction"]["current_bid"] == 60);
    CHECK(answer["auction"]["highest_bidder"] == "alice");
    CHECK_FALSE(answer["auction"].contains("bids"));
    CHECK_FALSE(answer["auction"].contains("status_reason"));
}

TEST_CASE("place_bid refuses in its own words, in its order") {
    Go go;
    const auto id = go.make();
    CHECK(go.execute({{"command", "place_bid"}, {"bid_amount", 60}, {"bidder", "a"}}) ==
          refusal("auction id required"));
    CHECK(go.bid("", 60) == refusal("auction id required"));
    CHECK(go.bid(7, 60) == refusal("auction id required"));  // ids are text
    CHECK(go.bid(id, 0) == refusal("bid must be positive"));
    CHECK(go.bid(id, -1) == refusal("bid must be positive"));
    CHECK(go.bid(id, nullptr) == refusal("bid must be positive"));
    CHECK(go.bid("424242", 60) == refusal("auction not found"));
    CHECK(go.bid("nope", 60) == refusal("auction not found"));
    CHECK(go.bid(id, 50) == refusal("bid must exceed current"));
    CHECK(go.bid(id, 60, "") == refusal("bidder is required"));
    go.close(id);
    CHECK(go.bid(id, 70) == refusal("auction is not open"));
}

TEST_CASE("a status is OPEN or CLOSED, also when the time ran out") {
    Go go;
    const auto id = go.make({{"duration_seconds", 2}});
    go.make({{"duration_seconds", 90}});
    go.scheduler.advance_ms(2'100);
    CHECK(go.bid(id, 70) == refusal("auction is not open"));
    const json closed = go.close(id);
    CHECK(closed["ok"] == true);
    CHECK(closed["auction"]["status"] == "CLOSED");
    const json auctions = go.execute({{"command", "list"}})["auctions"];
    CHECK(auctions[0]["status"] == "CLOSED");
    CHECK(auctions[1]["status"] == "OPEN");
}

TEST_CASE("close refuses what it does not find") {
    Go go;
    CHECK(go.execute({{"command", "close"}}) == refusal("auction id required"));
    CHECK(go.close("424242") == refusal("auction not found"));
    CHECK(go.close("nope") == refusal("auction not found"));
}

TEST_CASE("a command that is none is refused; broken JSON is 400") {
    Go go;
    CHECK(go.execute({{"command", "dance"}}) == refusal("unknown command"));
    CHECK(go.execute(json::object()) == refusal("unknown command"));
    CHECK(go.execute({{"command", 7}}) == refusal("unknown command"));
    CHECK(go.send("go_gateway", "POST", execute_path, "{")->status() == 400);
    CHECK(go.send("go_gateway", "POST", history_path, "")->status() == 200);
    CHECK(go.send("go_gateway", "GET", execute_path)->status() == 405);
    CHECK(go.send("go_gateway", "GET", "/api/auctions")->status() == 404);
    // Both routes are there beside the REST API as well.
    CHECK(go.send("gateway", "POST", execute_path, R"({"command":"list"})")->status() == 200);
}

TEST_CASE("the history is the events, and after all of them each once more with its update") {
    Go go;
    CHECK(go.history() == json{{"ok", true}});
    const auto id = go.make();
    go.bid(id, 60);
    go.bid(id, 75.25, "bob");
    go.close(id);
    json history = go.history()["history"];
    std::vector<std::string> told;
    for (const auto& event : history) {
        CHECK(event["auction_id"] == id);
        CHECK(event["timestamp"].is_number());
        told.push_back(event["event_type"].get<std::string>() + ": " +
                       event["payload"].get<std::string>());
    }
    const std::vector<std::string> expected = {
        "auction_created: Laptop",      "bid_placed: alice bid $60.00",
        "bid_placed: bob bid $75.25",   "auction_closed: bob",
        "auction_created: Laptop",      "update: Auction created: Laptop",
        "bid_placed: alice bid $60.00", "update: New highest bid $60.00 by alice",
        "bid_placed: bob bid $75.25",   "update: New highest bid $75.25 by bob",
        "auction_closed: bob",          "update: Auction closed",
    };
    CHECK(told == expected);
}

TEST_CASE("what REST clients noted in the history is not told here") {
    Go go;
    go.send("history_service", "POST", "/events", R"({"auction_id":"7","event_type":"note"})");
    CHECK(go.history() == json{{"ok", true}});
}

TEST_CASE("an answer that a service should never give does not bring the gateway down") {
    testing::ManualScheduler scheduler;
    AuctionsView view(scheduler);
    testing::FakeServiceClient services;
    WritePath writes(services, services);
    GoDialectHandler handler(view, writes, services);
    const auto close = R"({"command":"close","auction":{"id":"7"}})";
    for (const auto* body : {"", "<html>", "[]", "{}", R"({"auction":{}})", R"({"auction":7})"}) {
        CAPTURE(body);
        const auto answer = testing::ask(handler, "POST", execute_path, close);
        services.answer(200, body);
        CHECK(answer->status() == 502);
    }
    for (const auto* body : {"", "<html>", "{}", R"({"events":[7]})", R"({"events":[{"id":"x"}]})",
                             R"({"events":[{"id":"x","event_type":7}]})"}) {
        CAPTURE(body);
        const auto answer = testing::ask(handler, "POST", history_path, "{}");
        services.answer(200, body);
        CHECK(answer->status() == 502);
    }
    for (const auto& [status, body] :
         {std::pair(400, "<html>"), std::pair(503, "{}"), std::pair(422, R"({"error":"x"})")}) {
        const auto answer = testing::ask(handler, "POST", execute_path, close);
        services.answer(status, body);
        CHECK(answer->status() == status);
    }
}

}  // namespace
}  // namespace gavel::gateway
