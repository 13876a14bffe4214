#include "services/gateway/write_path.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/support/fake_service_client.h"

namespace gavel::gateway {
namespace {

struct Writing {
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    std::unique_ptr<WritePath> writes = std::make_unique<WritePath>(auctions, bidding);
    std::optional<Response> answer;

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
    w.writes->bid(request, 7, "a\"b", {605'000, Money::Notation::integer}, w.record());
    CHECK(w.bidding.last().target == "/auctions/7/bid");
    CHECK(w.bidding.last().body == R"({"bidder":"a\"b","amount":60.5})");
    w.writes->bid(request, 7, "x", {600'000, Money::Notation::integer}, w.record());
    CHECK(w.bidding.last().body == R"({"bidder":"x","amount":60.0})");
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
    Writing w;
    w.writes->close(request_with({}), 7, w.record());
    w.writes = nullptr;
    w.auctions.answer(200, "{a}", {{"Gavel-Index", "5"}});
    CHECK(w.answer->body == "{a}");
}

}  // namespace
}  // namespace gavel::gateway
