#include "services/gateway/write_path.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "common/limits.h"
#include "tests/support/fake_service_client.h"

namespace gavel::gateway {
namespace {

struct Writing {
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    std::unique_ptr<WritePath> writes;
    std::optional<Response> answer;

    explicit Writing(std::optional<std::uint64_t> session = std::nullopt)
        : writes(std::make_unique<WritePath>(auctions, bidding, session)) {}

    WritePath::Callback record() {
        return [this](Response response) { answer = std::move(response); };
    }
};

JSONRequest request_with(Headers headers) {
    JSONRequest request("POST", "/api/x", "the client's own", std::move(headers));
    request.set_request_id("r1");
    return request;
}

TEST_CASE("create and close go to the auction service, bids through the bidding service") {
    Writing w;
    const auto request = request_with({{"Idempotency-Key", "k"}, {"Cookie", "c"}});
    w.writes->create(request, "{body}", w.record());
    CHECK(w.auctions.last().method == "POST");
    CHECK(w.auctions.last().target == "/auctions");
    CHECK(w.auctions.last().body == "{body}");
    w.writes->close(request, 7, w.record());
    CHECK(w.auctions.last().target == "/auctions/7/close");
    CHECK(w.auctions.last().body.empty());
    w.writes->bulk(request, 7, "{bulk}", w.record());
    CHECK(w.bidding.last().target == "/auctions/7/bids/bulk");
    CHECK(w.bidding.last().body == "{bulk}");
    w.writes->bid(request, 7, {"a\"b", {605'000, Money::Notation::integer}}, w.record());
    CHECK(w.bidding.last().target == "/auctions/7/bid");
    CHECK(w.bidding.last().body == R"({"bidder":"a\"b","amount":60.5})");
    w.writes->bid(request, 7, {"x", {600'000, Money::Notation::integer}}, w.record());
    CHECK(w.bidding.last().body == R"({"bidder":"x","amount":60.0})");
    w.writes->bid(request, 7, {"x", {600'000, Money::Notation::integer}, true}, w.record());
    CHECK(w.bidding.last().body == R"({"bidder":"x","max_amount":60.0})");
    w.writes->ask(request, 7, "buy_now", "a\"b", w.record());
    CHECK(w.auctions.last().target == "/auctions/7/buy_now");
    CHECK(w.auctions.last().body == R"({"bidder":"a\"b"})");
    for (const auto& sent : {w.auctions.last(), w.bidding.last()}) {
        CHECK(sent.headers.find("Idempotency-Key") == "k");
        CHECK_FALSE(sent.headers.find("Cookie"));
        CHECK(sent.request_id == "r1");
        CHECK(sent.repeatable);
    }
}

TEST_CASE("only a request with a key may be sent twice") {
    Writing w;
    w.writes->create(request_with({}), "{}", w.record());
    CHECK_FALSE(w.auctions.last().repeatable);
}

TEST_CASE("answers come back as they are, and the highest index is remembered") {
    Writing w;
    const auto request = request_with({});
    w.writes->close(request, 7, w.record());
    w.auctions.answer(200, "{a}", {{"Gavel-Index", "5"}, {"X-Secret", "s"}});
    CHECK(w.answer->status == 200);
    CHECK(w.answer->body == "{a}");
    CHECK(w.answer->headers.find("Gavel-Index") == "5");
    CHECK_FALSE(w.answer->headers.find("X-Secret"));
    CHECK(w.writes->acknowledged_index() == 5);
    w.writes->close(request, 7, w.record());
    w.auctions.answer(409, "{b}", {{"Gavel-Index", "3"}});
    CHECK(w.answer->status == 409);
    CHECK(w.writes->acknowledged_index() == 5);
    w.writes->close(request, 7, w.record());
    w.auctions.answer(200, "{c}", {{"Gavel-Index", "nonsense"}});
    CHECK(w.writes->acknowledged_index() == 5);
    w.writes->forget_acknowledged();
    CHECK(w.writes->acknowledged_index() == 0);
}

TEST_CASE("a service that failed is named to the client, with what may have become of the wish") {
    struct Row {
        ServiceFailure failure;
        int status;
        const char* part;
    };
    const Row rows[] = {
        {ServiceFailure::unreachable, 503, "bidding service is unavailable"},
        {ServiceFailure::lost, 503, "may have taken effect"},
        {ServiceFailure::timed_out, 504, "bidding service did not answer in time"},
        {ServiceFailure::overloaded, 503, "overloaded"},
        {ServiceFailure::too_large, 502, "too large"},
    };
    for (const auto& row : rows) {
        Writing w;
        w.writes->bulk(request_with({}), 7, "{}", w.record());
        w.bidding.fail(row.failure);
        CHECK(w.answer->status == row.status);
        CHECK(w.answer->body.find(row.part) != std::string::npos);
    }
}

TEST_CASE("an answer that comes when the gateway has gone is still passed on") {
    for (const auto session : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(7)}) {
        Writing w(session);
        w.writes->close(request_with({}), 7, w.record());
        w.writes = nullptr;
        w.auctions.answer(200, "{a}", {{"Gavel-Index", "5"}});
        CHECK(w.answer->body == "{a}");
    }
}

// ---- An auction service of several nodes ----

std::string session_of(const ServiceRequest& request) {
    return std::string(request.headers.find("Gavel-Session").value_or(""));
}

TEST_CASE(
    "in front of one node nothing is added, and what a client sends as a session goes no further") {
    Writing w;
    const auto request = request_with({{"Gavel-Session", "0000000000000001-1-1"}});
    w.writes->create(request, "{}", w.record());
    w.writes->bulk(request, 7, "{}", w.record());
    for (const auto& sent : {w.auctions.last(), w.bidding.last()}) {
        CHECK(sent.headers.size() == 0);
        CHECK_FALSE(sent.repeatable);
        CHECK(sent.timeout_ms == limits::service_timeout_ms);
    }
}

TEST_CASE("in front of several nodes every write without a key gets a serial and is repeatable") {
    Writing w(0xabcdefULL);
    const auto request = request_with({{"Gavel-Session", "0000000000000001-9-9"}});
    w.writes->create(request, "{}", w.record());
    CHECK(session_of(w.auctions.last()) == "0000000000abcdef-1-1");
    w.writes->close(request, 7, w.record());
    CHECK(session_of(w.auctions.last()) == "0000000000abcdef-2-1");
    w.writes->bid(request, 7, {"x", {600'000, Money::Notation::integer}}, w.record());
    CHECK(session_of(w.bidding.last()) == "0000000000abcdef-3-1");
    w.writes->bulk(request, 7, "{}", w.record());
    CHECK(session_of(w.bidding.last()) == "0000000000abcdef-4-1");
    for (const auto& sent : {w.auctions.last(), w.bidding.last()}) {
        CHECK(sent.headers.size() == 1);
        CHECK(sent.repeatable);
    }
}

TEST_CASE("a write tells the lowest serial whose answer is waited for, however the others ended") {
    Writing w(1);
    const auto request = request_with({});
    w.writes->close(request, 7, w.record());       // 1
    w.writes->bulk(request, 7, "{}", w.record());  // 2
    w.writes->close(request, 7, w.record());       // 3
    w.bidding.fail(ServiceFailure::timed_out);
    w.writes->close(request, 7, w.record());
    CHECK(session_of(w.auctions.last()) == "0000000000000001-4-1");
    w.auctions.answer(200, "{}");
    w.writes->close(request, 7, w.record());
    CHECK(session_of(w.auctions.last()) == "0000000000000001-5-3");
    while (w.auctions.waiting() > 0) w.auctions.answer(409, "{}");
    w.writes->close(request, 7, w.record());
    CHECK(session_of(w.auctions.last()) == "0000000000000001-6-6");
}

TEST_CASE("a client's own key is enough: no serial beside it") {
    Writing w(1);
    const auto request = request_with({{"Idempotency-Key", "k"}});
    w.writes->bulk(request, 7, "{}", w.record());
    CHECK(session_of(w.bidding.last()).empty());
    CHECK(w.bidding.last().headers.find("Idempotency-Key") == "k");
    CHECK(w.bidding.last().repeatable);
    CHECK(w.bidding.last().timeout_ms > limits::cluster_timeout_ms);
}

TEST_CASE("the bidding service has more time than it gives the nodes behind it") {
    Writing w(1);
    w.writes->bulk(request_with({}), 7, "{}", w.record());
    CHECK(w.bidding.last().timeout_ms > limits::cluster_timeout_ms);
    CHECK(w.bidding.last().timeout_ms < limits::answer_timeout_ms);
    CHECK(limits::answer_timeout_ms < limits::gateway_timeout_ms);
}

TEST_CASE("in front of several nodes 503 says that nothing was done, 504 that it may have been") {
    const std::pair<ServiceFailure, int> rows[] = {{ServiceFailure::unreachable, 503},
                                                   {ServiceFailure::overloaded, 503},
                                                   {ServiceFailure::lost, 504},
                                                   {ServiceFailure::timed_out, 504}};
    for (const auto& [failure, status] : rows) {
        Writing w(1);
        w.writes->bulk(request_with({}), 7, "{}", w.record());
        w.bidding.fail(failure);
        CHECK(w.answer->status == status);
        CHECK(w.answer->headers.find("Retry-After").has_value() == (status == 503));
        CHECK((w.answer->body.find("bidding service") != std::string::npos));
    }
}

}  // namespace
}  // namespace gavel::gateway
