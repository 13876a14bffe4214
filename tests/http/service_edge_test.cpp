#include "common/http/service_edge.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/http/route_figures.h"
#include "common/limits.h"

namespace gavel {
namespace {

using nlohmann::json;

struct Edge {
    RateLimiter limiter{{.limit = {1, 1}}};
    ServiceEdge edge{{"gateway", &limiter, [] { return std::string("figures\n"); },
                      [] { return std::int64_t{1'500'000'000'123'456}; }}};
    ServiceEdge::Asked asked;

    std::optional<Response> ask(const std::string& target, Headers headers = {}) {
        JSONRequest request("GET", target, "", std::move(headers));
        return edge.begin(request, asked, 0);
    }
    std::string figures() const {
        MetricsPage page;
        edge.figures().append_to(page);
        return page.text();
    }
};

TEST_CASE("the edge answers /metrics itself, and nothing else") {
    Edge edge;
    const auto answer = edge.ask("/metrics");
    REQUIRE(answer);
    CHECK(answer->body == "figures\n");
    CHECK(answer->headers.find("Content-Type") == MetricsPage::content_type);
    for (const char* other : {"/", "/metricsx", "/api/auctions", "/livez"}) {
        CHECK_FALSE(edge.ask(other));
    }
}

TEST_CASE("the limit is for the API alone, and told with each of its answers") {
    Edge edge;
    CHECK_FALSE(edge.ask("/api/auctions"));
    Response response;
    edge.edge.finish(edge.asked, "", response, 0);
    CHECK(response.headers.find("RateLimit"));
    const auto refusal = edge.ask("/api/auctions");
    REQUIRE(refusal);
    CHECK(refusal->status == 429);
    CHECK(edge.ask("/auction.AuctionGateway/Execute")->status == 429);
    for (const char* free : {"/livez", "/readyz", "/metrics", "/", "/dashboard.js"}) {
        const auto answer = edge.ask(free);
        CHECK((!answer || answer->status == 200));
        Response other;
        edge.edge.finish(edge.asked, "", other, 0);
        CHECK_FALSE(other.headers.find("RateLimit"));
    }
}

TEST_CASE("requests are counted by route, status and time") {
    Edge edge;
    const auto livez = std::make_shared<RouteFigures>("GET", "/livez");
    for (int i = 0; i < 2; ++i) {
        edge.ask("/livez");
        *edge.asked.route = livez;
        Response response;
        edge.edge.finish(edge.asked, "", response, 3'000);
    }
    edge.ask("/" + std::string(100, 'x'));
    Response response;
    response.status = 404;
    edge.edge.finish(edge.asked, "", response, 20'000'000);
    const auto text = edge.figures();
    const auto has = [&](const std::string& line) { return text.find(line) != std::string::npos; };
    const std::string of_livez = R"({service="gateway",method="GET",route="/livez")";
    const std::string of_none = R"({service="gateway",method="none",route="none")";
    const std::string requests = "gavel_http_requests_total";
    const std::string duration = "gavel_http_request_duration_seconds";
    CHECK(has(requests + of_livez + R"(,status="200"} 2)"));
    CHECK(has(requests + of_none + R"(,status="404"} 1)"));
    CHECK(has(duration + "_bucket" + of_livez + R"(,le="0.0025"} 0)"));
    CHECK(has(duration + "_bucket" + of_livez + R"(,le="0.005"} 2)"));
    CHECK(has(duration + "_bucket" + of_livez + R"(,le="+Inf"} 2)"));
    CHECK(has(duration + "_sum" + of_livez + "} 0.006"));
    CHECK(has(duration + "_bucket" + of_none + R"(,le="10"} 0)"));
    CHECK(has(duration + "_count" + of_none + "} 1"));
    CHECK(text.find("xxx") == std::string::npos);
}

TEST_CASE("refusals are problem details for who takes them, and as ever for all others") {
    struct Row {
        const char* accept;
        bool problem;
    };
    const Row rows[] = {
        {"application/problem+json", true},
        {"application/json, application/problem+json", true},
        {"text/html;q=0.9, Application/Problem+JSON;q=0.5", true},
        {"*/*", false},
        {"application/json", false},
        {"application/problem+jsonx", false},
        {"", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.accept);
        Edge edge;
        edge.ask("/api/auctions/7/bid", {{"Accept", row.accept}});
        Response response = JSONResponse::rendered(
            409, R"({"ok":false,"message":"Bid must exceed current value","min_next_bid":65.5})");
        const std::string before = response.body;
        edge.edge.finish(edge.asked, "r1", response, 0);
        if (!row.problem) {
            CHECK(response.body == before);
            CHECK_FALSE(response.headers.find("Content-Type"));
            continue;
        }
        CHECK(response.headers.find("Content-Type") == "application/problem+json");
        CHECK(response.body == R"({"type":"about:blank","title":"Conflict","status":409,)"
                               R"("detail":"Bid must exceed current value","request_id":"r1",)"
                               R"("server_time":1500000000.123,"min_next_bid":65.5})");
    }
}

TEST_CASE("only refusals become problem details") {
    const auto told = [](int status, const std::string& body, const char* type = nullptr) {
        Edge edge;
        edge.ask("/api/auctions", {{"Accept", "application/problem+json"}});
        Response response = JSONResponse::rendered(status, body);
        if (type != nullptr) response.headers.set("Content-Type", type);
        edge.edge.finish(edge.asked, "", response, 0);
        return response.body;
    };
    CHECK(json::parse(told(404, R"({"error":"auction not found"})"))["title"] == "Not Found");
    CHECK(json::parse(told(418, R"({"error":"x","status":1})"))["status"] == 418);
    for (const char* same : {R"({"error":7})", "[]", "{}", "no JSON", ""}) {
        CHECK(told(400, same) == same);
    }
    const std::string refusal = R"({"error":"x"})";
    CHECK(told(200, refusal) == refusal);
    CHECK(told(400, refusal, "text/plain") == refusal);
    CHECK(told(400, refusal, "application/problem+json") == refusal);
    const std::string large = R"({"error":")" + std::string(limits::max_problem_bytes, 'x') + "\"}";
    CHECK(told(400, large) == large);
}

}  // namespace
}  // namespace gavel
