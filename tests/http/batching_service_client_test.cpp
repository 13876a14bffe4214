#include "common/http/batching_service_client.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/batch_handler.h"
#include "common/http/message_batch.h"
#include "common/limits.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using testing::FakeServiceClient;

// A batching client in front of a service that the test plays.
struct Fixture {
    testing::ManualScheduler scheduler;
    std::unique_ptr<FakeServiceClient> owned_service;  // until the client has it
    FakeServiceClient* service = new_service();
    std::unique_ptr<BatchingServiceClient> client =
        std::make_unique<BatchingServiceClient>(scheduler, std::move(owned_service));
    std::vector<std::string> told;

    FakeServiceClient* new_service() {
        owned_service = std::make_unique<FakeServiceClient>();
        return owned_service.get();
    }
    void post(const std::string& target, bool repeatable = false,
              std::int64_t timeout_ms = limits::service_timeout_ms) {
        ServiceRequest request;
        request.method = "POST";
        request.target = target;
        request.body = "{}";
        request.repeatable = repeatable;
        request.timeout_ms = timeout_ms;
        send(std::move(request));
    }
    void send(ServiceRequest request) {
        const std::string name = request.target;
        client->send(std::move(request), [this, name](const ServiceResult& result) {
            told.push_back(
                name + " " +
                (result.ok() ? std::to_string(result.response.status) + " " + result.response.body
                             : "failed " + std::to_string(static_cast<int>(result.failure))));
        });
    }
    // The targets of the requests in the batch that was sent last; of a lone one its own.
    std::vector<std::string> sent() const {
        const ServiceRequest& last = service->last();
        if (last.target != batch_target) return {last.target};
        std::vector<std::string> targets;
        const auto requests = parse_batch(last.body);
        REQUIRE(requests);
        for (const auto& request : *requests) targets.push_back(request.target());
        return targets;
    }
    // Answers the oldest batch: 200 and the number of each request in it.
    void answer_batch(std::size_t count) {
        std::string body;
        for (std::size_t i = 0; i < count; ++i) {
            append_answer_text(body, JSONResponse::rendered(200, std::to_string(i)), i);
        }
        service->answer(200, body);
        scheduler.run_ready();
    }
};

using Texts = std::vector<std::string>;

TEST_CASE("requests that come in one turn go as one, and each gets its own answer") {
    Fixture f;
    f.post("/a");
    f.post("/b");
    f.post("/c");
    CHECK(f.service->requests().empty());
    f.scheduler.run_ready();
    REQUIRE(f.service->requests().size() == 1);
    CHECK(f.sent() == Texts{"/a", "/b", "/c"});
    CHECK_FALSE(f.service->last().repeatable);
    f.answer_batch(3);
    CHECK(f.told == Texts{"/a 200 0", "/b 200 1", "/c 200 2"});
}

TEST_CASE("a lone request goes as it is") {
    Fixture f;
    f.post("/a");
    f.scheduler.run_ready();
    CHECK(f.service->last().target == "/a");
    f.service->answer(409, "no");
    CHECK(f.told == Texts{"/a 409 no"});
}

TEST_CASE("what comes while enough is under way rides in the next batch") {
    Fixture f;
    for (std::size_t i = 0; i < limits::max_batches_under_way; ++i) {
        f.post("/first");
        f.scheduler.run_ready();
    }
    f.post("/a");
    f.scheduler.run_ready();
    f.post("/b");
    f.scheduler.run_ready();
    CHECK(f.service->requests().size() == limits::max_batches_under_way);
    f.service->answer(200, "");
    f.scheduler.run_ready();
    CHECK(f.sent() == Texts{"/a", "/b"});
}

TEST_CASE("what may be repeated and what must not share no batch") {
    Fixture f;
    f.post("/a", true);
    f.post("/b", true);
    f.post("/c", false);
    f.post("/d", false);
    f.scheduler.run_ready();
    REQUIRE(f.service->requests().size() == 2);
    CHECK(f.service->requests()[0].repeatable);
    CHECK_FALSE(f.service->requests()[1].repeatable);
    CHECK(f.sent() == Texts{"/c", "/d"});
}

TEST_CASE("a batch has its limits; the rest goes with the next") {
    Fixture f;
    for (std::size_t i = 0; i < limits::max_batch_requests + 1; ++i) f.post("/a");
    f.scheduler.run_ready();
    REQUIRE(f.service->requests().size() == 2);
    CHECK(parse_batch(f.service->requests()[0].body)->size() == limits::max_batch_requests);
    CHECK(f.service->requests()[1].target == "/a");
    for (int i = 0; i < 40; ++i) {
        ServiceRequest large;
        large.method = "POST";
        large.target = "/large";
        large.body = std::string(limits::max_batch_request_bytes, 'x');
        f.send(std::move(large));
    }
    f.scheduler.run_ready();
    CHECK(f.service->requests().size() == 4);
    for (const auto& request : f.service->requests()) {
        CHECK(request.body.size() <= limits::max_body_bytes);
    }
}

TEST_CASE("reads and large bodies go alone, at once") {
    Fixture f;
    ServiceRequest get;
    get.method = "GET";
    get.target = "/feed";
    f.send(get);
    CHECK(f.service->last().target == "/feed");
    ServiceRequest large;
    large.method = "POST";
    large.target = "/large";
    large.body = std::string(limits::max_batch_request_bytes + 1, 'x');
    f.send(std::move(large));
    CHECK(f.service->last().target == "/large");
}

TEST_CASE("what becomes of a batch becomes of each of its requests") {
    Fixture f;
    f.post("/a");
    f.post("/b");
    f.scheduler.run_ready();
    SUBCASE("the connection was lost") {
        f.service->fail(ServiceFailure::lost);
        CHECK(f.told == Texts{"/a failed 2", "/b failed 2"});
    }
    SUBCASE("the service has no room") {
        f.service->answer(503, "full");
        CHECK(f.told == Texts{"/a 503 full", "/b 503 full"});
    }
    SUBCASE("the answer is none") {
        f.service->answer(200, "nonsense");
        CHECK(f.told == Texts{"/a failed 2", "/b failed 2"});
    }
    SUBCASE("the answer lacks one") {
        std::string body;
        append_answer_text(body, JSONResponse::rendered(200, "1"), 1);
        f.service->answer(200, body);
        CHECK(f.told == Texts{"/b 200 1", "/a failed 2"});
    }
}

TEST_CASE("of a batch that comes in pieces each answer is told when it comes") {
    Fixture f;
    for (std::size_t i = 0; i < limits::max_batches_under_way; ++i) {
        f.post("/a");
        f.post("/b");
        f.post("/c");
        f.scheduler.run_ready();
    }
    f.post("/next");
    f.scheduler.run_ready();
    CHECK(f.service->requests().size() == limits::max_batches_under_way);
    Response answer;
    std::shared_ptr<StreamSink> sink;
    answer.headers.set("Content-Type", batch_type);
    answer.stream = [&](std::shared_ptr<StreamSink> given) { sink = std::move(given); };
    f.service->answer(answer);
    REQUIRE(sink);
    // It does not hold up what comes later.
    f.scheduler.run_ready();
    CHECK(f.sent() == Texts{"/next"});
    const auto write = [&](std::size_t place, const std::string& body) {
        std::string text;
        append_answer_text(text, JSONResponse::rendered(200, body), place);
        sink->write(std::make_shared<const std::string>(text));
    };
    write(2, "third");
    CHECK(f.told == Texts{"/c 200 third"});
    write(0, "first");
    write(0, "first again");
    write(77, "of another batch");
    CHECK(f.told == Texts{"/c 200 third", "/a 200 first"});
    SUBCASE("the rest is lost with the connection") {
        sink->close();
        CHECK(f.told.back() == "/b failed 2");
    }
    SUBCASE("the rest takes too long") {
        f.scheduler.advance_ms(limits::service_timeout_ms);
        CHECK(std::count(f.told.begin(), f.told.end(), "/b failed 3") == 4);
        sink->close();
    }
    SUBCASE("what comes is no answer") {
        sink->write(std::make_shared<const std::string>("nonsense\r\n\r\n"));
        CHECK(f.told.back() == "/b failed 2");
    }
}

TEST_CASE("each request has its own time limit, also while it waits for a batch") {
    Fixture f;
    f.post("/quick", false, 100);
    f.post("/slow", false, 1'000);
    f.scheduler.run_ready();
    CHECK(f.service->last().timeout_ms == 1'000);
    f.scheduler.advance_ms(100);
    CHECK(f.told == Texts{"/quick failed 3"});
    f.answer_batch(2);
    CHECK(f.told == Texts{"/quick failed 3", "/slow 200 1"});
    for (std::size_t i = 0; i < limits::max_batches_under_way; ++i) {
        f.post("/stuck", false, 60'000);
        f.scheduler.run_ready();
    }
    f.told.clear();
    f.post("/waits", false, 100);
    f.scheduler.advance_ms(100);
    CHECK(f.told == Texts{"/waits failed 3"});
    const auto before = f.service->requests().size();
    f.service->answer(200, "");
    f.scheduler.run_ready();
    CHECK(f.service->requests().size() == before);  // nobody waits for it any more
}

TEST_CASE("a service that knows no batches gets its requests one by one from then on") {
    Fixture f;
    f.post("/a");
    f.post("/b");
    f.scheduler.run_ready();
    f.service->answer(404, "not found");
    f.scheduler.run_ready();
    REQUIRE(f.service->requests().size() == 3);
    CHECK(f.service->requests()[1].target == "/a");
    CHECK(f.service->requests()[2].target == "/b");
    f.service->answer(200, "1");
    f.service->answer(200, "2");
    CHECK(f.told == Texts{"/a 200 1", "/b 200 2"});
    f.post("/c");
    CHECK(f.service->last().target == "/c");
}

TEST_CASE("too many waiting requests are refused") {
    Fixture f;
    for (std::size_t i = 0; i < limits::max_queued_requests; ++i) f.post("/a");
    CHECK(f.told.empty());
    f.post("/b");
    CHECK(f.told == Texts{"/b failed 4"});
}

TEST_CASE("a client that goes calls nobody any more") {
    Fixture f;
    f.post("/a");
    f.post("/b");
    f.scheduler.run_ready();
    f.post("/c");
    f.client = nullptr;
    f.scheduler.advance_ms(60'000);
    CHECK(f.told.empty());
}

TEST_CASE("a callback may end the client, and the others are still told") {
    Fixture f;
    ServiceRequest request;
    request.method = "POST";
    request.target = "/ends";
    f.client->send(request, [&](const ServiceResult&) { f.client = nullptr; });
    f.client->send(request, [&](const ServiceResult&) { f.told.emplace_back("told"); });
    f.scheduler.run_ready();
    f.service->answer(503, "full");
    CHECK(f.told == Texts{"told"});
}

TEST_CASE("a batch that is sent a second time says so to each of its requests") {
    class Repeats : public JSONRequestHandler {
      public:
        Repeats() : JSONRequestHandler("test") { route("POST", "/a", &Repeats::take); }
        std::vector<bool> seen;

      private:
        Response take(const JSONRequest& request) {
            seen.push_back(request.header(repeat_header).has_value());
            return JSONResponse::rendered(200, "{}");
        }
    };
    Fixture f;
    f.post("/a", true);
    f.post("/a", true);
    f.scheduler.run_ready();
    Repeats inner;
    const BatchHandler handler(f.scheduler, inner);
    for (const bool repeated : {false, true}) {
        Headers headers;
        if (repeated) headers.set(repeat_header, "1");
        handler.handle(JSONRequest("POST", batch_target, f.service->last().body, headers),
                       Responder([](const Response&) {}));
    }
    CHECK(inner.seen == std::vector<bool>{false, false, true, true});
}

}  // namespace
}  // namespace gavel
