#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/limits.h"
#include "services/auction/proof.h"
#include "services/auction/proof_check.h"
#include "services/auction/rules/limits.h"
#include "tests/auction/service.h"
#include "tests/support/recording_sink.h"
#include "tests/support/slow_sink.h"

// Proofs and heads as the auction service answers them.
namespace gavel::auction {
namespace {

using nlohmann::json;

// Many bids, each by one more.
void bid_often(Service& s, const std::string& path, int bids, int from = 100) {
    for (int done = 0; done < bids;) {
        json list = json::array();
        for (; done < bids && list.size() < limits::max_bulk_bids; ++done) {
            list.push_back({{"bidder", "ann"}, {"amount", from + done}});
        }
        const auto answer = s.post(path + "/bids/bulk", json{{"bids", list}}.dump(),
                                   {{"Prefer", "return=minimal"}});
        REQUIRE(answer->status() == 200);
    }
}

TEST_CASE("bids go on while a long proof is read, and are not in it") {
    Service s;
    const std::string path = s.make();
    for (int i = 0; i < 1'000; ++i) {
        REQUIRE(s.post(path + "/bid", bid_of("ann", std::to_string(100 + i)))->status() == 200);
    }
    const auto answer = s.start("GET", path + "/proof");
    REQUIRE(answer->arrived);
    REQUIRE(answer->response.stream);
    CHECK(answer->header("Content-Type") == "application/jsonl");
    std::string proof;
    int pieces = 0;
    const auto sink = std::make_shared<testing::SlowSink>();
    answer->response.stream(sink);
    while (!sink->closed) {
        const std::string piece = sink->take();
        CHECK(piece.size() < 100'000);
        proof += piece;
        ++pieces;
        REQUIRE(s.post(path + "/bid", bid_of("bob", std::to_string(2'000 + pieces)))->status() ==
                200);
    }
    proof += sink->take();
    CHECK(pieces >= 3);
    const auto verdict = check_proof(proof);
    CHECK(verdict.holds());
    CHECK(proof.find(R"("acts":1001,)") != std::string::npos);
    CHECK(proof.find("bob") == std::string::npos);
}

TEST_CASE("a proof that is longer than a piece is the same as one that is made at once") {
    Service s;
    const auto made = s.post("/auctions", R"({"name":"Lamp","starting_bid":50,"reserve":400,)"
                                          R"("increments":1,"proxy":true,"retractions":true})");
    const std::string id = json::parse(made->body())["auction"]["id"];
    for (int i = 0; i < 700; ++i) {
        const std::string amount = std::to_string(100 + i % 300 * 2);
        s.post("/auctions/" + id + "/bid",
               R"({"bidder":"b)" + std::to_string(i % 5) + R"(","max_amount":)" + amount + "}");
    }
    s.post("/auctions/" + id + "/close");
    const auto answer = s.start("GET", "/auctions/" + id + "/proof");
    REQUIRE(answer->response.stream);
    const auto sink = std::make_shared<testing::RecordingSink>();
    answer->response.stream(sink);
    s.scheduler.run_ready();
    REQUIRE(sink->closed);
    const std::string proof = sink->take();
    const Auction* auction = s.service.engine().live().book().find(std::stoull(id));
    CHECK(proof == proof_of(*auction, s.log_id()));
    CHECK(proof.find("\"opens\"") != std::string::npos);
    CHECK(check_proof(proof).holds());
}

TEST_CASE("so many proofs are read at once, and no more") {
    Service s;
    const std::string path = s.make();
    bid_often(s, path, 3'000);
    std::vector<Answer> reading;
    for (long i = 0; i < limits::max_long_answers; ++i) {
        reading.push_back(s.start("GET", path + "/proof"));
        REQUIRE(reading.back()->status() == 200);
    }
    const auto refused = s.start("GET", path + "/proof");
    CHECK(refused->status() == 503);
    CHECK(refused->header("Retry-After") == "1");
    CHECK(refused->body() == R"({"error":"too many proofs are being read, try again"})");
    CHECK(s.start("GET", "/log/head")->status() == 503);
    CHECK(s.post(path + "/bid", bid_of("bob", "5000"))->status() == 200);
    reading.pop_back();  // its reader has gone
    CHECK(s.start("GET", path + "/proof")->status() == 200);
}

TEST_CASE("the heads of each day are listed, the newest first, and can be read") {
    Service s;
    const std::string path = s.make();
    const auto days = [&](const std::string& query) {
        const auto answer = s.send("GET", "/log/heads" + query);
        CHECK(answer->status() == 200);
        json body = json::parse(answer->body());
        CHECK(body["log_id"] == s.log_id());
        return body["heads"];
    };
    CHECK(days("").empty());
    for (int day = 0; day < 3; ++day) {
        s.scheduler.advance_ms(24 * 3'600 * 1'000);
        s.post(path + "/bid", bid_of("ann", std::to_string(100 + day)));
    }
    const json listed = days("");
    REQUIRE(listed.size() == 3);
    CHECK(listed[0]["day"] == "2023-11-16");
    CHECK(listed[2]["day"] == "2023-11-14");
    CHECK(listed[0]["index"] == 3);
    CHECK(listed[0]["auctions"] == 1);
    CHECK(days("?limit=2") == json::array({listed[0], listed[1]}));
    CHECK(days("?limit=0").empty());
    for (const auto& day : listed) {
        const auto heads = s.send("GET", "/log/heads/" + day["day"].get<std::string>());
        CHECK(heads->status() == 200);
        CHECK(heads->header("Content-Type") == "application/jsonl");
        CHECK(to_hex(bytes_of(sha256_of({heads->body()}))) == day["sha256"]);
        CHECK(check_proof(s.send("GET", path + "/proof")->body(), heads->body()).holds());
    }
}

TEST_CASE("days that are none, or have no heads, are refused in a sentence") {
    Service s;
    const std::string path = s.make();
    s.scheduler.advance_ms(24 * 3'600 * 1'000);
    s.post(path + "/bid", bid_of("ann", "100"));
    const auto refused = [&](const std::string& target, int status, const std::string& error) {
        CAPTURE(target);
        const auto answer = s.send("GET", target);
        CHECK(answer->status() == status);
        CHECK(json::parse(answer->body())["error"] == error);
    };
    const std::string none = "there are no heads of that day: it is not over, or nothing was done";
    refused("/log/heads/2023-11-13", 404, none);
    refused("/log/heads/2023-11-15", 404, none);  // it goes on
    refused("/log/heads/2023-11-31", 400, "the day must be written as 2026-01-31");
    refused("/log/heads/today", 400, "the day must be written as 2026-01-31");
    for (const char* limit : {"-1", "10001", "x", ""}) {
        CHECK(s.send("GET", std::string("/log/heads?limit=") + limit)->status() == 400);
    }
}

}  // namespace
}  // namespace gavel::auction
