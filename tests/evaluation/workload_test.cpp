#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/http/request_parser.h"
#include "evaluation/load_generator/bid_workload.h"
#include "evaluation/load_generator/create_workload.h"
#include "evaluation/load_generator/read_workload.h"
#include "evaluation/subscriber_swarm/publish_workload.h"

namespace gavel::evaluation {
namespace {

struct Sent {
    std::string target;
    std::string prefer;
    nlohmann::json body;
    std::uint64_t tag = 0;
};

// As the server frames it, which takes no request that is not well formed.
Sent next(Workload& workload) {
    const auto request = workload.next();
    REQUIRE(request);
    RequestParser parser;
    REQUIRE(parser.feed(request->bytes) == request->bytes.size());
    REQUIRE(parser.state() == RequestParser::State::complete);
    const JSONRequest parsed = parser.take();
    return {parsed.target(), std::string(parsed.header("Prefer").value_or("")),
            parsed.body().empty() ? nlohmann::json() : nlohmann::json::parse(parsed.body()),
            request->tag};
}

TEST_CASE("Bids on an auction rise, and take turns with those on all others") {
    BidWorkload bids("h:1", {"7", "8", "9"}, {.auctions = 3});
    std::map<std::string, int> highest;
    for (int i = 0; i < 30; ++i) {
        const Sent bid = next(bids);
        CHECK(bid.target == "/api/auctions/" + std::to_string(7 + i % 3) + "/bid");
        const int amount = bid.body.at("amount");
        CHECK(amount > std::max(highest[bid.target], 1));
        highest[bid.target] = amount;
    }
}

TEST_CASE("Only a lean bid asks for a lean answer") {
    BidWorkload lean("h:1", {"1"}, {.auctions = 1, .lean = true});
    CHECK(next(lean).prefer == "return=minimal");
    BidWorkload full("h:1", {"1"}, {.auctions = 1});
    CHECK(next(full).prefer.empty());
}

TEST_CASE("Hopeless bids are spread evenly and use up no amount") {
    BidWorkload bids("h:1", {"1"}, {.auctions = 1, .hopeless = 0.25});
    std::string amounts;
    for (int i = 0; i < 8; ++i) amounts += next(bids).body.at("amount").dump() + ' ';
    CHECK(amounts == "2 3 4 1 5 6 7 1 ");
}

TEST_CASE("An auction that has had its bids is replaced by a fresh one, until there is none") {
    BidWorkload bids("h:1", {"1", "2", "3"}, {.auctions = 2, .fresh_after = 2});
    std::string order;
    for (int i = 0; i < 5; ++i) {
        const Sent bid = next(bids);
        order += bid.target.substr(14, 1) + ":" + bid.body.at("amount").dump() + ' ';
    }
    CHECK(order == "1:2 2:2 1:3 2:3 3:2 ");
    CHECK_FALSE(bids.next());  // it is the turn of auction 2, which has no successor
}

TEST_CASE("With bidders of their own, bids are numbered from 0 and tagged so") {
    BidWorkload bids("h:1", {"1"}, {.auctions = 1, .bidder_prefix = "swarm-", .bidders = 0});
    for (std::uint64_t number = 0; number < 3; ++number) {
        const Sent bid = next(bids);
        CHECK(bid.tag == number);
        CHECK(bid.body.at("bidder") == "swarm-" + std::to_string(number));
    }
}

TEST_CASE("Creates keep the ids of what was created, and end after so many") {
    CreateWorkload creates("h:1", 2);
    CHECK(next(creates).body.at("starting_bid") == 1);
    CHECK(next(creates).target == "/api/auctions");
    CHECK_FALSE(creates.next());
    creates.answered(0, 201, R"({"auction":{"id":"17","name":"Lot)");
    creates.answered(0, 503, R"({"error":"id"})");
    creates.answered(0, 201, R"({"auction":{"id":"18")");
    CHECK(creates.ids() == std::vector<std::string>{"17", "18"});
}

TEST_CASE("Reads take targets in turn, ids in turn, and numbers of the range") {
    ReadWorkload reads("h:1", {"/a/{auction}?x=1", "/h?after={5-7}&limit=9"}, {"1", "2"}, "");
    CHECK(next(reads).target == "/a/1?x=1");
    std::set<std::string> seen = {next(reads).target};
    CHECK(next(reads).target == "/a/2?x=1");
    for (int i = 0; i < 100; ++i) {
        seen.insert(next(reads).target);
        next(reads);
    }
    seen.erase("/a/1?x=1");
    seen.erase("/a/2?x=1");
    CHECK(seen ==
          std::set<std::string>{"/h?after=5&limit=9", "/h?after=6&limit=9", "/h?after=7&limit=9"});
}

TEST_CASE("Reads send the headers that they are given") {
    ReadWorkload reads("h:1", {"/a"}, {}, "Prefer: return=minimal\r\n");
    CHECK(next(reads).prefer == "return=minimal");
}

TEST_CASE("Braces that mean nothing are an error") {
    for (const std::string target : {"/a/{id}", "/a/{7-5}", "/a/{5-}", "/a/{5}", "/a/{auction"}) {
        CAPTURE(target);
        CHECK_THROWS_AS(ReadWorkload("h:1", {target}, {"1"}, ""), std::runtime_error);
    }
    CHECK_THROWS_AS(ReadWorkload("h:1", {"/a/{auction}"}, {}, ""), std::runtime_error);
}

TEST_CASE("Messages have the length that was asked for, and the number of a bid") {
    PublishWorkload messages("h:1", "/pub", 300);
    for (std::uint64_t number = 0; number < 3; ++number) {
        const Sent message = next(messages);
        CHECK(message.tag == number);
        CHECK(message.body.dump().size() == 300);
        CHECK(message.body.at("bidder") == "swarm-" + std::to_string(number));
    }
}

}  // namespace
}  // namespace gavel::evaluation
