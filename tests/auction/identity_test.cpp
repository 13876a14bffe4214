#include "common/identity/identity.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "services/auction/auction_service.h"
#include "tests/auction/commands.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::auction {
namespace {

using nlohmann::json;
using testing::ask;

constexpr std::int64_t now_s = start_us / second_us;
const std::string key = "a key of the operator's";

TEST_CASE("a bidder's token says whose it is, until it expires") {
    const std::string token = mint_bidder_token(key, "ann \xc3\xa9", now_s + 60);
    CHECK(read_bidder_token(key, token, now_s) == "ann \xc3\xa9");
    CHECK(read_bidder_token(key, token, now_s + 59) == "ann \xc3\xa9");
    CHECK_FALSE(read_bidder_token(key, token, now_s + 60));
    CHECK_FALSE(read_bidder_token("another key", token, now_s));
}

TEST_CASE("a token with any byte changed, left out or added proves nothing") {
    const std::string token = mint_bidder_token(key, "ann", now_s + 60);
    for (std::size_t at = 0; at < token.size(); ++at) {
        CAPTURE(at);
        std::string changed = token;
        changed[at] = changed[at] == '0' ? '1' : '0';
        CHECK_FALSE(read_bidder_token(key, changed, now_s));
        CHECK_FALSE(read_bidder_token(key, token.substr(0, at), now_s));
    }
    for (const char* more : {"0", ".", " ", "\n"}) {
        CHECK_FALSE(read_bidder_token(key, token + more, now_s));
        CHECK_FALSE(read_bidder_token(key, more + token, now_s));
    }
    CHECK_FALSE(read_bidder_token(key, "", now_s));
    CHECK_FALSE(read_bidder_token(key, "..", now_s));
}

// The auction service, whose operator has given it keys or not.
struct House {
    testing::ManualScheduler scheduler;
    AuctionService service;

    explicit House(Identity::Keys keys)
        : service(scheduler, options(), {std::move(keys), [] { return start_us; }}) {}
    static AuctionHouse::Options options() {
        AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = start_us;
        return options;
    }
    // The status and the body of the answer; whoever sends a token sends it in a header.
    std::pair<int, json> post(const std::string& target, const json& body,
                              const std::string& token = "") {
        Headers headers;
        if (!token.empty()) headers.set("Authorization", "Bearer " + token);
        const auto answer = ask(service.handler(), "POST", target, body.dump(), std::move(headers));
        scheduler.run_ready();
        REQUIRE(answer->arrived);
        return {answer->status(), json::parse(answer->body())};
    }
    std::string make(json fields, const std::string& token = "") {
        fields["name"] = "Lamp";
        fields["starting_bid"] = 50;
        const auto [status, body] = post("/auctions", fields, token);
        REQUIRE(status == 201);
        return "/auctions/" + body["auction"]["id"].get<std::string>();
    }
};

const json rules = {{"proxy", true}, {"increments", 5}, {"retractions", true}};

TEST_CASE("without a key, names are what requests say, and tokens say nothing") {
    House house({});
    const std::string auction = house.make(rules);
    CHECK(house.post(auction + "/bid", {{"bidder", "ann"}, {"max_amount", 90}}).first == 200);
    CHECK(house.post(auction + "/bid", {{"bidder", "bob"}, {"amount", 95}}, "x").first == 200);
    CHECK(house.post(auction + "/retract", {{"bidder", "ann"}}).first == 200);
    CHECK(house.post(auction + "/cancel", json::object()).first == 200);
}

TEST_CASE("with a key, what a forger could do harm with needs the bidder's own token") {
    House house({key, ""});
    const std::string ann = mint_bidder_token(key, "ann", now_s + 60);
    const std::string auction = house.make(rules);
    const std::string sealed = house.make({{"format", "vickrey"}});
    const std::string plain = house.make(json::object());
    const json seller = {{"seller", "ann"}};
    const std::string own = house.make(seller, ann);
    const std::string name =
        "a maximum bid needs the bidder's token: send Authorization: Bearer "
        "TOKEN";
    struct Row {
        std::string target;
        json body;
        int without_token;
        int with_anns;
    };
    const Row table[] = {
        {auction + "/bid", {{"bidder", "ann"}, {"max_amount", 90}}, 401, 200},
        {auction + "/bid", {{"bidder", "bob"}, {"max_amount", 90}}, 401, 403},
        {auction + "/bid", {{"bidder", "bob"}, {"amount", 95}}, 200, 403},
        {auction + "/bids/bulk",
         {{"bids", json::array({{{"bidder", "bob"}, {"max_amount", 99}}})}},
         401,
         403},
        {sealed + "/bid", {{"bidder", "ann"}, {"amount", 90}}, 401, 200},
        {sealed + "/bid", {{"bidder", "bob"}, {"amount", 90}}, 401, 403},
        {auction + "/retract", {{"bidder", "ann"}}, 401, 200},
        {auction + "/retract", {{"bidder", "bob"}}, 401, 403},
        {auction + "/buy_now", {{"bidder", "bob"}}, 409, 403},
        {plain + "/bid", {{"bidder", "bob"}, {"amount", 60}}, 200, 403},
        {plain + "/bid", {{"bidder", "ann"}, {"amount", 70}}, 200, 409},
        {own + "/close", json::object(), 401, 200},
        {plain + "/close", json::object(), 200, 200},
        {"/auctions", {{"name", "x"}, {"starting_bid", 5}, {"seller", "ann"}}, 401, 201},
        {"/auctions", {{"name", "x"}, {"starting_bid", 5}, {"seller", "bob"}}, 401, 403},
    };
    for (const auto& row : table) {
        CAPTURE(row.target);
        CAPTURE(row.body.dump());
        CHECK(house.post(row.target, row.body).first == row.without_token);
        CHECK(house.post(row.target, row.body, "wrong").first == 401);
        CHECK(house.post(row.target, row.body, ann).first == row.with_anns);
    }
    CHECK(house.post(auction + "/bid", {{"bidder", "cy"}, {"max_amount", 90}}).second["error"] ==
          name);
}

TEST_CASE("with an admin token, operators alone cancel, and they may close for a seller") {
    const std::string admin = "the operator's own token";
    House house({key, admin});
    const std::string ann = mint_bidder_token(key, "ann", now_s + 60);
    const std::string auction = house.make({{"seller", "ann"}}, ann);
    CHECK(house.post(auction + "/cancel", json::object()).first == 401);
    CHECK(house.post(auction + "/cancel", json::object(), ann).first == 401);
    CHECK(house.post(auction + "/cancel", json::object(), admin + "x").first == 401);
    CHECK(house.post(auction + "/cancel", json::object(), admin).first == 200);
    CHECK(
        house.post(house.make({{"seller", "ann"}}, ann) + "/close", json::object(), admin).first ==
        200);
}

TEST_CASE("who has proved to be the seller cannot bid under another name") {
    House house({key, ""});
    const std::string ann = mint_bidder_token(key, "ann", now_s + 60);
    const std::string auction = house.make({{"seller", "ann"}}, ann);
    CHECK(house.post(auction + "/bid", {{"bidder", "shill"}, {"amount", 60}}, ann).first == 403);
    CHECK(house.post(auction + "/bid", {{"bidder", "ann"}, {"amount", 60}}, ann).second["error"] ==
          "a seller cannot bid on the own auction");
}

}  // namespace
}  // namespace gavel::auction
