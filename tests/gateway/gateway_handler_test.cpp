#include "services/gateway/gateway_handler.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/http/in_process_service_client.h"
#include "common/limits.h"
#include "services/auction/auction_service.h"
#include "services/gateway/gateway_service.h"
#include "services/gateway/go_dialect_handler.h"
#include "tests/gateway/fake_sink.h"
#include "tests/gateway/feed.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;
using testing::ask;

// The gateway's handler over services that answer when the test says so.
struct Gateway {
    testing::ManualScheduler scheduler;
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    testing::FakeServiceClient history;
    testing::FakeServiceClient notifier;
    AuctionsView view{scheduler};
    EventHub hub{scheduler, view};
    WritePath writes{auctions, bidding};
    ClusterStatus cluster{{}};
    GoDialectHandler go{view, writes, history};
    ServiceProbes probes{scheduler, {{"auction service", auctions}, {"history service", history}}};
    GatewayStatus status{{scheduler, view, hub, probes, [] { return 1'700'000'000'123'456; }}};
    bool connected = true;
    GatewayHandler handler{{scheduler, view, hub, writes, auctions, history, cluster, status, go,
                            [this] { return connected; }, &notifier}};

    Gateway() {
        view.restart("L");
        apply(page("L", 2, {testing::created(1, 1, "Lamp", 50), testing::bid(2, 1, "ann", 60)}));
    }
    void apply(const FeedPage& told) {
        view.apply(told, [](bool) {});
    }
    auto get(const std::string& target, Headers headers = {}) {
        return ask(handler, "GET", target, "", std::move(headers));
    }
    auto post(const std::string& target, const std::string& body = "") {
        return ask(handler, "POST", target, body);
    }
    // A write that took effect at that index.
    void acknowledge(std::uint64_t index) {
        const auto answer = post("/api/auctions/1/close");
        auctions.answer(200, "{}", {{"Gavel-Index", std::to_string(index)}});
        REQUIRE(answer->header("Gavel-Index") == std::to_string(index));
    }
};

TEST_CASE("notices are the notifier's, once it has what this gateway shows") {
    Gateway g;
    const auto answer = g.get("/api/notifications?auction_id=1&limit=5");
    CHECK(g.notifier.last().target == "/notifications?min_index=2&auction_id=1&limit=5");
    g.notifier.answer(200, R"({"notifications":[],"next":null})", {{"Gavel-Index", "2"}});
    CHECK(answer->status() == 200);
    CHECK(answer->body() == R"({"notifications":[],"next":null})");
    CHECK(answer->header("Gavel-Index") == "2");
    g.acknowledge(9);
    const auto later = g.get("/api/notifications");
    CHECK(g.notifier.last().target == "/notifications?min_index=9");
    g.notifier.fail(ServiceFailure::unreachable);
    CHECK(later->status() == 503);
}

TEST_CASE("reads show the view, with the index they are true at") {
    Gateway g;
    auto answer = g.get("/api/auctions");
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Index") == "2");
    CHECK(json::parse(answer->body())["auctions"][0]["bids"].size() == 1);
    answer = g.get("/api/auctions/1/");
    CHECK(json::parse(answer->body())["auction"]["current_bid"] == 60);
    const Headers minimal = {{"Prefer", "return=minimal"}};
    CHECK_FALSE(
        json::parse(g.get("/api/auctions", minimal)->body())["auctions"][0].contains("bids"));
    CHECK_FALSE(json::parse(g.get("/api/auctions/1", minimal)->body())["auction"].contains("bids"));
    for (const auto* id : {"2", "x", "01", "-1", "99999999999999999999999"}) {
        answer = g.get(std::string("/api/auctions/") + id);
        CHECK(answer->status() == 404);
        CHECK(answer->body() == R"({"error":"auction not found"})");
    }
}

TEST_CASE("a lean read has the number of the bids in the place of the bids") {
    Gateway g;
    const Headers minimal = {{"Prefer", "return=minimal"}};
    const json full = json::parse(g.get("/api/auctions/1?bids=1", minimal)->body())["auction"];
    CHECK(full["bids"].size() == 1);
    json lean = full;
    lean.erase("bids");
    lean["bid_count"] = 1;
    for (const auto& answer :
         {g.get("/api/auctions/1?bids=0"), g.get("/api/auctions/1", minimal)}) {
        CHECK(json::parse(answer->body())["auction"] == lean);
    }
    for (const auto& answer : {g.get("/api/auctions?bids=0"), g.get("/api/auctions", minimal)}) {
        CHECK(json::parse(answer->body())["auctions"] == json::array({lean}));
    }
    for (const auto* target :
         {"/api/auctions?bids=no", "/api/auctions/1?bids=", "/api/auctions?bids=2"}) {
        const auto refused = g.get(target);
        CHECK(refused->status() == 400);
        CHECK(refused->body() == R"({"error":"bids must be 0 or 1"})");
    }
}

TEST_CASE("who has what is current is told so, until it changes") {
    Gateway g;
    for (const auto* target :
         {"/api/auctions", "/api/auctions/1", "/api/auctions?limit=1&bids=0"}) {
        CAPTURE(target);
        const auto first = g.get(target);
        const std::string etag = first->header("ETag");
        CHECK(first->status() == 200);
        CHECK(etag.starts_with("\"L-"));
        CHECK(first->header("Cache-Control") == "no-cache");
        for (const auto& known : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
            const auto again = g.get(target, {{"If-None-Match", known}});
            CHECK(again->status() == 304);
            CHECK(again->body().empty());
            CHECK(again->header("ETag") == etag);
            CHECK(again->header("Gavel-Index") == first->header("Gavel-Index"));
        }
        CHECK(g.get(target, {{"If-None-Match", "\"L-0.0\""}})->status() == 200);
    }
    const std::string etag = g.get("/api/auctions/1")->header("ETag");
    const std::string list_etag = g.get("/api/auctions")->header("ETag");
    CHECK(g.get("/api/auctions/1?bids=0")->header("ETag") != etag);
    g.apply(page("L", 3, {testing::created(3, 2, "Desk", 5)}));
    CHECK(g.get("/api/auctions/1", {{"If-None-Match", etag}})->status() == 304);
    CHECK(g.get("/api/auctions", {{"If-None-Match", list_etag}})->status() == 200);
    g.apply(page("L", 4, {testing::bid(4, 1, "bob", 70)}));
    CHECK(g.get("/api/auctions/1", {{"If-None-Match", etag}})->status() == 200);
}

TEST_CASE("the status tells the clock, the stream, the log and how the services are") {
    Gateway g;
    const auto sink = std::make_shared<FakeSink>();
    g.hub.subscribe(sink, {});
    g.scheduler.advance_ms(61'500);
    const auto answer = g.get("/api/status");
    const auto meanwhile = g.get("/api/status");
    CHECK_FALSE(answer->arrived);
    g.scheduler.advance_ms(12);
    CHECK(g.auctions.last().target == "/readyz");
    g.auctions.answer(200, "{}");
    CHECK_FALSE(answer->arrived);
    g.history.answer(503, "{}");
    REQUIRE(answer->status() == 200);
    CHECK(meanwhile->body() == answer->body());
    CHECK(answer->body().starts_with(R"({"time":1700000000.123,"uptime_seconds":61,)"));
    const json status = json::parse(answer->body());
    CHECK(status["stream"]["subscribers"] == 1);
    CHECK(status["stream"]["max_subscribers"] == limits::max_subscribers);
    CHECK(status["stream"]["delivered_bytes"] == sink->text().size());
    CHECK(status["stream"]["delivered_events"] == 1);
    CHECK(status["stream"]["queued_bytes"] == 0);
    CHECK(status["events_total"] == 2);
    CHECK(status["index"] == 2);
    CHECK(status["services"] ==
          json::parse(R"([{"name":"auction service","healthy":true,"latency_ms":12.0},
                          {"name":"history service","healthy":false,"latency_ms":12.0}])"));
    CHECK_FALSE(status.contains("bidder_tokens"));
}

TEST_CASE("the status says that bidders can need a token") {
    Gateway g;
    ServiceProbes probes(g.scheduler, {});
    GatewayStatus status({g.scheduler, g.view, g.hub, probes, [] { return 0; }, true});
    std::string body;
    status.read(Responder([&](const Response& answer) { body = answer.body; }));
    CHECK(json::parse(body)["bidder_tokens"] == true);
}

TEST_CASE("the services are asked how they are once a second at most") {
    Gateway g;
    static_cast<void>(g.get("/api/status"));
    g.auctions.answer(200, "{}");
    g.history.fail(ServiceFailure::timed_out);
    g.scheduler.advance_ms(limits::probe_keep_ms - 1);
    CHECK(json::parse(g.get("/api/status")->body())["services"][1]["healthy"] == false);
    CHECK(g.auctions.requests().size() == 1);
    g.scheduler.advance_ms(1);
    const auto again = g.get("/api/status");
    CHECK(g.auctions.requests().size() == 2);
    g.auctions.fail(ServiceFailure::unreachable);
    g.history.answer(200, "{}");
    CHECK(json::parse(again->body())["services"][0]["healthy"] == false);
    CHECK(json::parse(again->body())["services"][1]["healthy"] == true);
}

TEST_CASE("a client sees its own writes: reads wait for them, for a second, and are then 503") {
    Gateway g;
    g.acknowledge(5);
    const auto in_time = g.get("/api/auctions");
    const auto too_late = g.get("/api/auctions/1?min_index=9");
    CHECK_FALSE(in_time->arrived);
    g.scheduler.advance_ms(limits::read_wait_ms - 1);
    g.apply(page("L", 5, {testing::bid(5, 1, "bob", 70)}));
    CHECK(in_time->status() == 200);
    CHECK(json::parse(in_time->body())["auctions"][0]["current_bid"] == 70);
    CHECK_FALSE(too_late->arrived);
    g.scheduler.advance_ms(1);
    CHECK(too_late->status() == 503);
    CHECK(too_late->header("Retry-After") == "1");
    CHECK(g.get("/api/auctions?min_index=x")->status() == 400);
    CHECK(g.get("/api/auctions?min_index=-1")->status() == 400);
}

TEST_CASE("reads wait while the view is on its way to the end of the feed") {
    Gateway g;
    g.view.restart("M");
    const auto answer = g.get("/api/auctions");
    CHECK_FALSE(answer->arrived);
    g.apply(page("M", 0, {}));
    CHECK(answer->body() == R"({"auctions":[]})");
}

TEST_CASE("history comes from its service, not before it has what was acknowledged here") {
    Gateway g;
    g.acknowledge(5);
    auto answer = g.get("/api/history?limit=3&min_index=2&auction_id=a%20b");
    CHECK(g.history.last().target == "/events?min_index=5&limit=3&min_index=2&auction_id=a%20b");
    CHECK(g.history.last().repeatable);
    g.history.answer(200, "{events}", {{"Gavel-Index", "5"}, {"Gavel-Truncated", "true"}});
    CHECK(answer->body() == "{events}");
    CHECK(answer->header("Gavel-Truncated") == "true");
    answer = g.get("/api/history?min_index=9");
    CHECK(g.history.last().target.starts_with("/events?min_index=9&"));
    g.history.fail(ServiceFailure::unreachable);
    CHECK(answer->status() == 503);
}

TEST_CASE("what has not the shape of a wish is refused here, and goes nowhere") {
    Gateway g;
    struct Row {
        const char* target;
        const char* body;
        int status;
        const char* error;
    };
    const Row rows[] = {
        {"/api/auctions", "{not json", 400, "request body is not valid JSON"},
        {"/api/auctions", "[]", 400, "request body must be a JSON object"},
        {"/api/auctions", R"({"duration_seconds":"soon"})", 400,
         "duration_seconds must be an integer"},
        {"/api/auctions", R"({"name":["x"],"starting_bid":5})", 400, "name must be text"},
        {"/api/auctions", R"({"name":"x","starting_bid":"5"})", 400,
         "starting_bid must be a number"},
        {"/api/auctions", R"({"name":"x","starting_bid":5,"description":5})", 400,
         "description must be text"},
        {"/api/auctions/1/bid", R"({"amount":5})", 400, "bidder is required"},
        {"/api/auctions/x/bid", R"({"amount":5})", 400, "bidder is required"},
        {"/api/auctions/x/bid", R"({"bidder":"a","amount":5})", 404, "auction not found"},
        {"/api/auctions/1/bid", R"({"bidder":"a","amount":"lots"})", 400, "amount must be numeric"},
        {"/api/auctions/1/bid", R"({"bidder":"a","amount":"nan"})", 400, "amount must be numeric"},
        {"/api/auctions/1/bid", R"({"bidder":"a","amount":1e400})", 400,
         "request body is not valid JSON"},
        {"/api/auctions/1/bid", R"({"bidder":"a","amount":0.00001})", 400,
         "amount has more than four decimals"},
        {"/api/auctions/x/close", "", 404, "auction not found"},
        {"/api/auctions/1/bids/bulk", R"({"bids":{}})", 400, "bids must be a non-empty list"},
        {"/api/nope", "", 404, "not found"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        CAPTURE(row.body);
        const auto answer = g.post(row.target, row.body);
        CHECK(answer->status() == row.status);
        CHECK(answer->body() == R"({"error":")" + std::string(row.error) + R"("})");
    }
    CHECK(g.auctions.requests().empty());
    CHECK(g.bidding.requests().empty());
    for (const auto* method : {"PUT", "DELETE", "PATCH"}) {
        const auto answer = ask(g.handler, method, "/api/auctions");
        CHECK(answer->status() == 405);
        CHECK(answer->header("Allow") == "POST, GET, HEAD");
    }
}

TEST_CASE("bulk bids on what cannot be an auction are each told so, by the service") {
    Gateway g;
    g.post("/api/auctions/nope/bids/bulk", R"({"bids":[1]})");
    CHECK(g.bidding.last().target == "/auctions/0/bids/bulk");
    CHECK(g.bidding.last().body == R"({"bids":[1]})");
}

TEST_CASE("the stream goes on behind what its reader has seen: the header counts, then the query") {
    Gateway g;
    const auto frames_for = [&](const std::string& query, Headers headers) {
        const auto answer = g.get("/api/updates/stream" + query, std::move(headers));
        REQUIRE(answer->status() == 200);
        REQUIRE(answer->response.stream);
        CHECK(answer->header("Content-Type").starts_with("text/event-stream"));
        CHECK(answer->header("Cache-Control").starts_with("no-cache"));
        const auto sink = std::make_shared<FakeSink>();
        answer->response.stream(sink);
        return sink->frames();
    };
    CHECK(frames_for("", {}).at(0).event == "snapshot");
    CHECK(frames_for("?last_event_id=L-1.1", {}).at(0).id == "L-2.0");
    CHECK(frames_for("", {{"Last-Event-ID", "L-2.0"}}).at(0).id == "L-2.1");
    CHECK(frames_for("?last_event_id=L-1.1", {{"Last-Event-ID", "L-2.0"}}).at(0).id == "L-2.1");
    CHECK(frames_for("", {{"Last-Event-ID", "nonsense"}}).at(0).event == "snapshot");
    CHECK(frames_for("?auction_id=9", {}).at(0).data.starts_with(R"({"auctions":[],"events":[],)"));
    CHECK(frames_for("?lean=1", {}).at(0).data.find(R"("bid_count":1)") != std::string::npos);
}

TEST_CASE("a stream that cannot be served is refused before it begins") {
    Gateway g;
    CHECK(g.get("/api/updates/stream?auction_id=x")->status() == 400);
    g.view.restart("M");
    const auto answer = g.get("/api/updates/stream");
    CHECK(answer->status() == 503);
    CHECK_FALSE(answer->header("Retry-After").empty());
}

TEST_CASE("the gateway lives always, and is ready when it follows the feed") {
    Gateway g;
    CHECK(g.get("/livez")->status() == 200);
    CHECK(g.get("/readyz")->body() == R"({"status":"ready","index":2})");
    g.connected = false;
    CHECK(g.get("/readyz")->status() == 503);
    g.connected = true;
    g.view.restart("M");
    CHECK(g.get("/readyz")->status() == 503);
    CHECK(g.get("/livez")->status() == 200);
}

// Reaches whatever stands behind it now.
class SwitchedClient : public ServiceClient {
  public:
    void send(ServiceRequest request, Callback callback) override {
        target->send(std::move(request), std::move(callback));
    }
    ServiceClient* target = nullptr;
};

TEST_CASE(
    "a gateway whose auction service came back with another log serves it, old indexes or not") {
    testing::ManualScheduler scheduler;
    const auto service = [&] {
        auction::AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return 1'700'000'000'000'000; };
        return std::make_unique<auction::AuctionService>(scheduler, options);
    };
    auto first = service();
    InProcessServiceClient first_client(scheduler, first->handler());
    SwitchedClient auctions;
    auctions.target = &first_client;
    testing::FakeServiceClient history;
    GatewayService gateway(scheduler, {auctions, auctions, history});
    gateway.start();
    scheduler.advance_ms(1);
    for (int i = 0; i < 5; ++i) {
        const auto created =
            ask(gateway.handler(), "POST", "/api/auctions", R"({"name":"Lamp","starting_bid":50})");
        scheduler.run_ready();
        CHECK(created->status() == 201);
    }
    CHECK(ask(gateway.handler(), "GET", "/api/auctions")->status() == 200);

    const auto second = service();
    InProcessServiceClient second_client(scheduler, second->handler());
    auctions.target = &second_client;
    first = nullptr;
    scheduler.advance_ms(30'000);
    const auto list = ask(gateway.handler(), "GET", "/api/auctions");
    REQUIRE(list->arrived);
    CHECK(list->body() == R"({"auctions":[]})");
    ask(gateway.handler(), "GET", "/api/history");
    CHECK(history.last().target == "/events?min_index=0");
}

TEST_CASE("a gateway that goes while its services work is not touched by their answers") {
    testing::ManualScheduler scheduler;
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    testing::FakeServiceClient history;
    auto gateway = std::make_unique<GatewayService>(
        scheduler, GatewayService::Clients{auctions, bidding, history});
    gateway->start();
    const auto bid =
        ask(gateway->handler(), "POST", "/api/auctions/1/bid", R"({"bidder":"a","amount":5})");
    const auto read = ask(gateway->handler(), "GET", "/api/history");
    const auto waiting = ask(gateway->handler(), "GET", "/api/auctions");
    gateway = nullptr;
    bidding.answer(200, "{}", {{"Gavel-Index", "5"}});
    history.answer(200, "{}");
    auctions.answer(200, "{}");
    scheduler.advance_ms(60'000);
    CHECK(bid->status() == 200);
    CHECK(read->status() == 200);
    CHECK(waiting->status() == 500);  // nobody is left to answer it
}

}  // namespace
}  // namespace gavel::gateway
