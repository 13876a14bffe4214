#include "services/bidding/bidding_handler.h"

#include <doctest/doctest.h>

#include "tests/support/fake_service_client.h"
#include "tests/support/feed_pages.h"
#include "tests/support/recorded_answer.h"

namespace gavel::bidding {
namespace {

using testing::ask;

// Auction 1 is open at 50, 2 is closed, 3 has ended; the feed has reached entry 7.
struct Bidding {
    testing::FakeServiceClient auctions;
    PriceBoard board;
    bool connected = true;
    BiddingHandler handler{auctions, board, [this] { return connected; }};

    Bidding() {
        board.restart("L");
        board.apply(
            testing::page("L", 7,
                          {testing::created(1, 1, "Lamp", 50), testing::created(2, 2, "Desk", 50),
                           testing::created(3, 3, "Book", 50), testing::closed(4, 2, "", 50),
                           testing::ended(5, 3, "", 50)}),
            [](bool) {});
    }
};

TEST_CASE("/validate answers as the original did") {
    struct Row {
        const char* body;
        int status;
        const char* answer;
    };
    const Row rows[] = {
        {R"({"amount":60,"current_bid":50,"bidder":"a"})", 200,
         R"({"ok":true,"message":"Bid accepted"})"},
        {R"({"amount":50,"current_bid":50,"bidder":"a"})", 200,
         R"({"ok":false,"message":"Bid must exceed current value"})"},
        {R"({"amount":60,"current_bid":50,"bidder":""})", 200,
         R"({"ok":false,"message":"Bidder is required"})"},
        {R"({"amount":60})", 200, R"({"ok":false,"message":"Bidder is required"})"},
        {R"({"amount":60,"bidder":null})", 200, R"({"ok":false,"message":"Bidder is required"})"},
        {"{}", 200, R"({"ok":false,"message":"Bid must exceed current value"})"},
        {"", 200, R"({"ok":false,"message":"Bid must exceed current value"})"},
        {R"({"amount":" 6_0.5 ","current_bid":"50","bidder":"a"})", 200,
         R"({"ok":true,"message":"Bid accepted"})"},
        {R"({"amount":"sixty"})", 400, R"({"error":"amount must be numeric"})"},
        {R"({"amount":"nan"})", 400, R"({"error":"amount must be numeric"})"},
        {R"({"amount":null})", 400, R"({"error":"amount must be numeric"})"},
        {R"({"amount":[60]})", 400, R"({"error":"amount must be numeric"})"},
        {R"({"amount":60,"current_bid":true})", 400, R"({"error":"current_bid must be numeric"})"},
        {R"({"amount":60,"bidder":7})", 400, R"({"error":"bidder must be text"})"},
        {"[]", 400, R"({"error":"request body must be a JSON object"})"},
        {"{", 400, R"({"error":"request body is not valid JSON"})"},
    };
    Bidding bidding;
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const auto answer = ask(bidding.handler, "POST", "/validate", row.body);
        CHECK(answer->status() == row.status);
        CHECK(answer->body() == row.answer);
    }
    CHECK(bidding.auctions.requests().empty());
}

TEST_CASE("a bid that cannot succeed is refused with the index that says so") {
    struct Row {
        const char* auction;
        const char* body;
        const char* answer;
    };
    const Row rows[] = {
        {"1", R"({"bidder":"ann","amount":50})",
         R"({"ok":false,"message":"Bid must exceed current value"})"},
        {"1", R"({"bidder":"ann","amount":"49.5"})",
         R"({"ok":false,"message":"Bid must exceed current value"})"},
        {"2", R"({"bidder":"ann","amount":40})", R"({"error":"Closed manually"})"},
        {"3", R"({"bidder":"ann","amount":60})", R"({"error":"Bid time ended"})"},
    };
    Bidding bidding;
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const auto answer = ask(bidding.handler, "POST",
                                "/auctions/" + std::string(row.auction) + "/bid", row.body);
        CHECK(answer->status() == 409);
        CHECK(answer->body() == row.answer);
        CHECK(answer->header("Gavel-Index") == "7");
    }
    CHECK(bidding.auctions.requests().empty());
}

TEST_CASE("whatever may succeed, or is better refused by the book, goes on as it is") {
    struct Row {
        const char* target;
        const char* body;
    };
    const Row rows[] = {
        {"/auctions/1/bid", R"({"bidder":"ann","amount":50.5})"},
        {"/auctions/99/bid", R"({"bidder":"ann","amount":1})"},  // unknown here
        {"/auctions/no%20id/bid", R"({"bidder":"ann","amount":1})"},
        {"/auctions/2/bid", R"({"amount":40})"},  // no bidder
        {"/auctions/2/bid", R"({"bidder":"ann","amount":"x"})"},
        {"/auctions/2/bid", "{"},
        {"/auctions/2/bid?x=%2F&y", R"({"bidder":"ann"})"},
        {"/auctions/2/bids/bulk", R"({"bids":[{"bidder":"ann","amount":1}]})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        Bidding bidding;
        const auto answer = ask(bidding.handler, "POST", row.target, row.body);
        REQUIRE(bidding.auctions.requests().size() == 1);
        CHECK(bidding.auctions.last().method == "POST");
        CHECK(bidding.auctions.last().target == row.target);
        CHECK(bidding.auctions.last().body == row.body);
        CHECK_FALSE(bidding.auctions.last().repeatable);
        CHECK_FALSE(answer->arrived);
        bidding.auctions.answer(404, R"({"error":"auction not found"})");
        CHECK(answer->status() == 404);
        CHECK(answer->body() == R"({"error":"auction not found"})");
    }
}

TEST_CASE("a bid with an idempotency key always goes on: its first answer may be a success") {
    Bidding bidding;
    ask(bidding.handler, "POST", "/auctions/2/bid", R"({"bidder":"ann","amount":1})",
        {{"idempotency-key", "k1"}});
    REQUIRE(bidding.auctions.requests().size() == 1);
    CHECK(bidding.auctions.last().repeatable);
    CHECK(bidding.auctions.last().headers.find("Idempotency-Key") == "k1");
}

TEST_CASE("a gateway's session goes on with the bid, which may then be sent twice") {
    for (const std::string target : {"/auctions/1/bid", "/auctions/1/bids/bulk"}) {
        Bidding bidding;
        ask(bidding.handler, "POST", target, R"({"bidder":"ann","amount":60})",
            {{"gavel-session", "0123456789abcdef-2-1"}});
        REQUIRE(bidding.auctions.requests().size() == 1);
        CHECK(bidding.auctions.last().repeatable);
        CHECK(bidding.auctions.last().headers.size() == 1);
        CHECK(bidding.auctions.last().headers.find("Gavel-Session") == "0123456789abcdef-2-1");
    }
}

TEST_CASE("a repeat within a session always goes on, the first one is screened like any bid") {
    Bidding bidding;
    const Headers first = {{"Gavel-Session", "0123456789abcdef-2-1"}};
    const Headers repeat = {{"Gavel-Session", "0123456789abcdef-2-1"}, {"Gavel-Repeat", "1"}};
    const char* const hopeless = R"({"bidder":"ann","amount":1})";
    CHECK(ask(bidding.handler, "POST", "/auctions/1/bid", hopeless, first)->status() == 409);
    CHECK(bidding.auctions.requests().empty());
    ask(bidding.handler, "POST", "/auctions/1/bid", hopeless, repeat);
    REQUIRE(bidding.auctions.requests().size() == 1);
    CHECK(bidding.auctions.last().headers.size() == 1);
}

TEST_CASE("nothing is refused while the feed does not come: the log may be another one") {
    Bidding bidding;
    bidding.connected = false;
    ask(bidding.handler, "POST", "/auctions/2/bid", R"({"bidder":"ann","amount":1})");
    CHECK(bidding.auctions.requests().size() == 1);
}

TEST_CASE("headers that matter travel both ways, others do not") {
    Bidding bidding;
    JSONRequest request("POST", "/auctions/1/bid", R"({"bidder":"ann","amount":60})",
                        {{"Prefer", "return=minimal"}, {"Cookie", "c"}, {"Host", "h"}});
    request.set_request_id("r-1");
    const auto answer = ask(bidding.handler, std::move(request));
    const auto& sent = bidding.auctions.last();
    CHECK(sent.headers.size() == 1);
    CHECK(sent.headers.find("Prefer") == "return=minimal");
    CHECK(sent.request_id == "r-1");
    bidding.auctions.answer(503, "{}",
                            {{"Content-Type", "application/json"},
                             {"Gavel-Index", "12"},
                             {"Retry-After", "3"},
                             {"Date", "today"}});
    CHECK(answer->status() == 503);
    CHECK(answer->response.headers.size() == 3);
    CHECK(answer->header("Gavel-Index") == "12");
    CHECK(answer->header("Retry-After") == "3");
}

TEST_CASE("a failed call says whether asking again is right") {
    Bidding bidding;
    const auto unreachable =
        ask(bidding.handler, "POST", "/auctions/1/bid", R"({"bidder":"ann","amount":60})");
    bidding.auctions.fail(ServiceFailure::unreachable);
    CHECK(unreachable->status() == 503);
    CHECK(unreachable->header("Retry-After") == "1");
    const auto slow =
        ask(bidding.handler, "POST", "/auctions/1/bid", R"({"bidder":"ann","amount":60})");
    bidding.auctions.fail(ServiceFailure::timed_out);
    CHECK(slow->status() == 504);
}

TEST_CASE("it is ready while the auction service is away, and says so") {
    Bidding bidding;
    CHECK(ask(bidding.handler, "GET", "/livez")->body() == R"({"status":"ok"})");
    CHECK(ask(bidding.handler, "GET", "/readyz")->body() ==
          R"({"status":"ready","index":7,"connected":true})");
    bidding.connected = false;
    const auto away = ask(bidding.handler, "GET", "/readyz");
    CHECK(away->status() == 200);
    CHECK(away->body() == R"({"status":"ready","index":7,"connected":false})");
}

TEST_CASE("a known path with another method is 405, an unknown one 404") {
    Bidding bidding;
    CHECK(ask(bidding.handler, "GET", "/validate")->header("Allow") == "POST");
    CHECK(ask(bidding.handler, "DELETE", "/auctions/1/bid")->status() == 405);
    CHECK(ask(bidding.handler, "POST", "/auctions/1/close")->status() == 404);
}

}  // namespace
}  // namespace gavel::bidding
