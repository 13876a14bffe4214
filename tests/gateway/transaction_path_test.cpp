#include "services/gateway/transaction_path.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/http/cluster_token.h"
#include "common/http/forwarding.h"
#include "common/http/unchanged_since.h"
#include "common/limits.h"
#include "services/gateway/write_path.h"
#include "tests/gateway/feed.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

// A write path with two coordinators, over a view of one auction, 7, with a bid of 60.
struct Coordinated {
    testing::ManualScheduler scheduler;
    testing::FakeServiceClient first;
    testing::FakeServiceClient second;
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    AuctionsView view{scheduler};
    TransactionPath path{{&first, &second}, view, {"secret", 0xabcULL}};
    WritePath writes{auctions, bidding, std::nullopt, &path};
    std::optional<Response> answer;

    Coordinated() {
        view.restart("L");
        apply(page("L", 2, {testing::created(1, 7, "Lamp", 50), testing::bid(2, 7, "ann", 60)}));
    }
    void apply(const FeedPage& told) {
        view.apply(told, [](bool) {});
    }
    void close(std::uint64_t id, const Headers& headers = {}) {
        const JSONRequest request("POST", "/api/auctions/7/close", "", headers);
        writes.close(request, id, [this](Response told) { answer = std::move(told); });
    }
    void create(const std::string& body, const Headers& headers = {}) {
        const JSONRequest request("POST", "/api/auctions", body, headers);
        writes.create(request, body, [this](Response told) { answer = std::move(told); });
    }
    json sent() const { return json::parse(first.last().body); }
};

std::string committed(std::uint64_t id, std::uint64_t index, int bid_count,
                      const std::string& status) {
    return json({{"transaction_id", "t"},
                 {"decision", "commit"},
                 {"results",
                  {{"auction_service",
                    {{"auction_id", std::to_string(id)},
                     {"index", index},
                     {"bid_count", bid_count},
                     {"status", status}}}}}})
        .dump();
}

TEST_CASE("a close goes to a coordinator, and is answered with the auction as it became") {
    Coordinated c;
    c.close(7);
    CHECK(c.auctions.requests().empty());
    const auto& request = c.first.last();
    CHECK(request.method == "POST");
    CHECK(request.target == "/transactions");
    CHECK(request.repeatable);
    CHECK(request.headers.find(cluster_token_header) == "secret");
    CHECK(request.headers.find(session_header) == "0000000000000abc-1-1");
    CHECK(c.sent() == json({{"kind", "close"}, {"auction_id", "7"}, {"request", json::object()}}));
    c.first.answer(200, committed(7, 3, 1, "CLOSED"));
    CHECK_FALSE(c.answer);  // the view has not come so far
    c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
    REQUIRE(c.answer);
    CHECK(c.answer->status == 200);
    CHECK(c.answer->headers.find("Gavel-Index") == "3");
    const auto auction = json::parse(c.answer->body)["auction"];
    CHECK(auction["status"] == "CLOSED");
    CHECK(auction["bids"].size() == 1);
    CHECK(c.writes.acknowledged_index() == 3);
}

TEST_CASE("the answer shows the auction as it was then, and lean when that is preferred") {
    Coordinated c;
    c.apply(page("L", 4, {testing::bid(3, 7, "bob", 70), testing::closed(4, 7, "bob", 70)}));
    c.close(7, {{"Prefer", "return=minimal"}});
    c.first.answer(200, committed(7, 2, 1, "OPEN"));
    REQUIRE(c.answer);
    const auto auction = json::parse(c.answer->body)["auction"];
    CHECK(auction["status"] == "OPEN");
    CHECK(auction["current_bid"] == 60);
    CHECK_FALSE(auction.contains("bids"));
}

TEST_CASE("a create brings what the client sent, its name and its key") {
    Coordinated c;
    c.create(R"({"name":"Desk","starting_bid":5,"extra":[1]})", {{"Idempotency-Key", "k"}});
    const auto& request = c.first.last();
    CHECK(request.headers.find("Idempotency-Key") == "k");
    CHECK_FALSE(request.headers.find(session_header));
    CHECK(c.sent() == json({{"kind", "create"},
                            {"name", "Desk"},
                            {"request", {{"name", "Desk"}, {"starting_bid", 5}, {"extra", {1}}}},
                            {"idempotency_key", "k"}}));
    c.apply(page("L", 3, {testing::created(3, 8, "Desk", 5)}));
    c.first.answer(200, committed(8, 3, 0, "OPEN"));
    REQUIRE(c.answer);
    CHECK(c.answer->status == 201);
    CHECK(json::parse(c.answer->body)["auction"]["name"] == "Desk");
}

TEST_CASE("what was refused has the status and the reason of who refused it") {
    struct Row {
        int status;
        const char* body;
        const char* answer;
    };
    const Row rows[] = {
        {404,
         R"({"error":"auction not found","participant":"auction_service","answer":{"index":9}})",
         R"({"error":"auction not found"})"},
        {409, R"({"error":"another transaction is changing auction 7"})",
         R"({"error":"another transaction is changing auction 7"})"},
        {422, R"({"error":"this key was used for another request"})",
         R"({"error":"this key was used for another request"})"},
        {503, R"({"error":"history_service did not answer"})",
         R"({"error":"history_service did not answer"})"},
    };
    for (const auto& row : rows) {
        Coordinated c;
        c.close(7);
        c.first.answer(row.status, row.body);
        REQUIRE(c.answer);
        CHECK(c.answer->status == row.status);
        CHECK(c.answer->body == row.answer);
        CHECK(c.answer->headers.find("Retry-After").has_value() == (row.status == 503));
        CHECK(c.answer->headers.find("Gavel-Index").has_value() == (row.status == 404));
        CHECK(c.second.requests().empty());
    }
}

TEST_CASE("a refusal that brings an outcome is answered with it: there was nothing to change") {
    Coordinated c;
    c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
    c.close(7);
    c.first.answer(409, R"({"error":"there is nothing to change","answer":)"
                        R"({"auction_id":"7","index":3,"bid_count":1,"status":"CLOSED"}})");
    REQUIRE(c.answer);
    CHECK(c.answer->status == 200);
    CHECK(json::parse(c.answer->body)["auction"]["status"] == "CLOSED");
}

TEST_CASE("a close of what another transaction has closed changes nothing, and is answered so") {
    Coordinated c;
    c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
    c.close(7);
    c.first.answer(409, R"({"error":"another transaction is changing auction 7"})");
    REQUIRE(c.answer);
    CHECK(c.answer->status == 200);
    CHECK(c.answer->headers.find("Gavel-Index") == "3");
    CHECK(json::parse(c.answer->body)["auction"]["status"] == "CLOSED");
}

TEST_CASE("a close that is tied to what the client has seen says so to the coordinator") {
    Coordinated c;
    c.close(7, {{unchanged_since_header, "2"}});
    CHECK(c.sent() == json({{"kind", "close"},
                            {"auction_id", "7"},
                            {"request", json::object()},
                            {"unchanged_since", 2}}));
    SUBCASE("it has changed since") {
        c.first.answer(412, R"({"error":"the auction has changed since: read it again",)"
                            R"("participant":"auction_service"})");
        REQUIRE(c.answer);
        CHECK(c.answer->status == 412);
        CHECK(c.answer->body == R"({"error":"the auction has changed since: read it again"})");
    }
    SUBCASE("another transaction has closed it") {
        c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
        c.first.answer(409, R"({"error":"another transaction is changing auction 7"})");
        REQUIRE(c.answer);
        CHECK(c.answer->status == 412);
        CHECK(c.answer->body == R"({"error":"the auction has changed since: read it again"})");
    }
    SUBCASE("another transaction has it, and has not closed it yet") {
        c.first.answer(409, R"({"error":"another transaction is changing auction 7"})");
        REQUIRE(c.answer);
        CHECK(c.answer->status == 409);
    }
    SUBCASE("nothing has changed") {
        c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
        c.first.answer(200, committed(7, 3, 1, "CLOSED"));
        REQUIRE(c.answer);
        CHECK(c.answer->status == 200);
    }
}

TEST_CASE("a close that is tied to less than the gateway shows begins no transaction") {
    Coordinated c;
    SUBCASE("it cannot be done") {
        c.close(7, {{unchanged_since_header, "1"}});
        CHECK(c.first.requests().empty());
        REQUIRE(c.answer);
        CHECK(c.answer->status == 412);
    }
    SUBCASE("it may be the repeat of what was done") {
        c.close(7, {{unchanged_since_header, "1"}, {"Idempotency-Key", "k"}});
        CHECK(c.first.waiting() == 1);
        CHECK(c.sent()["unchanged_since"] == 1);
    }
}

TEST_CASE("whatever state it is in, one that another transaction has closed is shown") {
    Coordinated c;
    c.apply(page("L", 3, {testing::closed(3, 7, "ann", 60)}));
    c.close(7, {{unchanged_since_header, "18446744073709551615"}});
    c.first.answer(409, R"({"error":"another transaction is changing auction 7"})");
    REQUIRE(c.answer);
    CHECK(c.answer->status == 200);
}

TEST_CASE("a coordinator that is not there is passed over, with the same request") {
    Coordinated c;
    c.close(7);
    c.first.fail(ServiceFailure::lost);
    REQUIRE(c.second.waiting() == 1);
    CHECK(c.second.last().headers.find(session_header) == "0000000000000abc-1-1");
    CHECK(c.second.last().body == c.first.last().body);
    c.second.answer(404, R"({"error":"auction not found"})");
    CHECK(c.answer->status == 404);
    // The next one goes to who answered.
    c.close(7);
    CHECK(c.second.waiting() == 1);
    CHECK(c.second.last().headers.find(session_header) == "0000000000000abc-2-2");
}

TEST_CASE("when no coordinator answers, the client is told whether it may have happened") {
    struct Row {
        ServiceFailure one;
        ServiceFailure other;
        int status;
    };
    const Row rows[] = {
        {ServiceFailure::unreachable, ServiceFailure::unreachable, 503},
        {ServiceFailure::overloaded, ServiceFailure::unreachable, 503},
        {ServiceFailure::lost, ServiceFailure::unreachable, 504},
        {ServiceFailure::unreachable, ServiceFailure::timed_out, 504},
    };
    for (const auto& row : rows) {
        Coordinated c;
        c.close(7);
        c.first.fail(row.one);
        c.second.fail(row.other);
        REQUIRE(c.answer);
        CHECK(c.answer->status == row.status);
    }
}

TEST_CASE("an answer that cannot be shown is no 503: it has taken effect") {
    Coordinated c;
    c.close(7);
    SUBCASE("it says nothing") {
        c.first.answer(200, R"({"results":{}})");
    }
    SUBCASE("it is of another form") {
        c.first.answer(200, committed(7, 3, 1, "GONE"));
    }
    SUBCASE("it is no JSON") {
        c.first.answer(200, "?");
    }
    SUBCASE("the view does not come so far") {
        c.first.answer(200, committed(7, 3, 1, "CLOSED"));
        for (int i = 0; i < 10; ++i) c.scheduler.advance_ms(limits::read_wait_ms);
    }
    SUBCASE("there is no such auction") {
        c.first.answer(200, committed(99, 2, 1, "CLOSED"));
    }
    REQUIRE(c.answer);
    CHECK(c.answer->status == 504);
}

TEST_CASE("the newest transactions are shown with the names of their auctions") {
    Coordinated c;
    std::optional<Response> answer;
    c.path.read_newest(JSONRequest("GET", "/api/transactions"),
                       [&](Response told) { answer = std::move(told); });
    CHECK(c.first.last().target == "/transactions?limit=50");
    c.first.answer(200,
                   R"({"transactions":[{"id":"t","kind":"close","auction_id":"7","name":"",)"
                   R"("state":"COMMIT","votes":{"a":"commit","b":null},"acknowledged":["a"],)"
                   R"("reason":null,"started":1.5,"decided":2,"finished":null,"position":3}]})");
    REQUIRE(answer);
    CHECK(json::parse(answer->body)["transactions"][0] ==
          json({{"id", "t"},
                {"kind", "close"},
                {"auction_id", "7"},
                {"name", "Lamp"},
                {"state", "COMMIT"},
                {"votes", {{"a", "commit"}, {"b", nullptr}}},
                {"acknowledged", {"a"}},
                {"reason", nullptr},
                {"started", 1.5},
                {"decided", 2},
                {"finished", nullptr}}));
    answer.reset();
    c.path.read_newest(JSONRequest("GET", "/api/transactions"),
                       [&](Response told) { answer = std::move(told); });
    c.first.answer(503, "{}");
    CHECK(answer->status == 503);
}

}  // namespace
}  // namespace gavel::gateway
