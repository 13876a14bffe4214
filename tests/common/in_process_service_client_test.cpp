#include "common/http/in_process_service_client.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/limits.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using testing::ManualScheduler;

class Service : public JSONRequestHandler {
  public:
    Service() : JSONRequestHandler("service") {
        route("POST", "/echo", &Service::echo);
        route("GET", "/later", &Service::answer_later);
        route("GET", "/drop", &Service::drop);
        route("GET", "/large/<bytes>", &Service::answer_large);
        route("GET", "/stream", &Service::answer_stream);
    }
    Response echo(const JSONRequest& request) {
        return JSONResponse(200, {{"body", request.body()},
                                  {"x", std::string(request.header("X").value_or(""))},
                                  {"id", request.request_id()},
                                  {"q", request.query("q").value_or("")}});
    }
    void answer_later(const JSONRequest&, const Responder& respond) { waiting.push_back(respond); }
    void drop(const JSONRequest&, const Responder&) {}
    Response answer_large(const JSONRequest& request) {
        const std::string bytes(request.path_parameter("bytes"));
        return JSONResponse::rendered(200, std::string(std::stoull(bytes), 'x'));
    }
    Response answer_stream(const JSONRequest&) {
        return StreamingResponse([](const std::shared_ptr<StreamSink>&) {});
    }

    std::vector<Responder> waiting;
};

// A service, a client of it, and what the client was told: "200 {…}" or the failure.
struct Fixture {
    ManualScheduler scheduler;
    Service service;
    InProcessServiceClient client{scheduler, service};
    std::vector<std::string> told;

    static std::string shown(const ServiceResult& result) {
        switch (result.failure) {
            case ServiceFailure::none:
                return std::to_string(result.response.status) + " " + result.response.body;
            case ServiceFailure::timed_out: return "timed out";
            case ServiceFailure::too_large: return "too large";
            default: return "failed";
        }
    }
    void send(ServiceRequest request) {
        client.send(std::move(request),
                    [this](const ServiceResult& result) { told.push_back(shown(result)); });
    }
    void get(const std::string& target, std::int64_t timeout_ms = 100) {
        ServiceRequest request;
        request.method = "GET";
        request.target = target;
        request.timeout_ms = timeout_ms;
        send(std::move(request));
    }
};

using Told = std::vector<std::string>;

TEST_CASE("the handler sees the request as it was sent") {
    Fixture f;
    ServiceRequest request;
    request.method = "POST";
    request.target = "/echo?q=a%20b";
    request.body = R"({"a":1})";
    request.headers = {{"x", "y"}};
    request.request_id = "id-1";
    f.send(std::move(request));
    CHECK(f.told == Told{R"(200 {"body":"{\"a\":1}","id":"id-1","q":"a b","x":"y"})"});
}

TEST_CASE("refusals and failures are answers like any other") {
    Fixture f;
    f.get("/nope");
    f.get("/echo");
    f.get("/drop");
    CHECK(f.told == Told{R"(404 {"error":"not found"})", R"(405 {"error":"method not allowed"})",
                         R"(500 {"error":"internal error"})"});
}

TEST_CASE("a stream is handed over") {
    Fixture f;
    bool stream = false;
    ServiceRequest request;
    request.method = "GET";
    request.target = "/stream";
    f.client.send(std::move(request), [&](const ServiceResult& result) {
        stream = result.ok() && result.response.stream != nullptr;
    });
    CHECK(stream);
}

TEST_CASE("an answer may come any time before the deadline, and cancels it") {
    Fixture f;
    f.get("/later");
    f.scheduler.advance_ms(99);
    CHECK(f.told.empty());
    f.service.waiting[0](JSONResponse::rendered(200, "{}"));
    CHECK(f.told == Told{"200 {}"});
    f.scheduler.advance_ms(10'000);
    CHECK(f.told.size() == 1);
}

TEST_CASE("without an answer the deadline is told, and what comes after it is ignored") {
    Fixture f;
    f.get("/later");
    f.scheduler.advance_ms(100);
    CHECK(f.told == Told{"timed out"});
    f.service.waiting[0](JSONResponse::rendered(200, "{}"));
    f.service.waiting.clear();
    f.scheduler.advance_ms(10'000);
    CHECK(f.told.size() == 1);
}

TEST_CASE("a responder dropped after the deadline is ignored as well") {
    Fixture f;
    f.get("/later");
    f.scheduler.advance_ms(100);
    f.service.waiting.clear();
    CHECK(f.told == Told{"timed out"});
}

TEST_CASE("a request over HTTP's limits is refused here too, one at the limit is not") {
    Fixture f;
    ServiceRequest request;
    request.method = "POST";
    request.target = "/echo";
    request.body = std::string(limits::max_body_bytes, ' ');
    f.send(request);
    CHECK(f.told.back().substr(0, 4) == "200 ");
    request.body += ' ';
    f.send(request);
    CHECK(f.told.back() == "too large");

    f.get("/" + std::string(limits::max_target_bytes - 1, 'x'));
    CHECK(f.told.back().substr(0, 4) == "404 ");
    f.get("/" + std::string(limits::max_target_bytes, 'x'));
    CHECK(f.told.back() == "too large");
    CHECK(f.told.size() == 4);
}

TEST_CASE("an answer over the limit is a failure") {
    Fixture f;
    f.client.send({"GET", "/large/" + std::to_string(limits::max_answer_bytes + 1), {}, {}, {}},
                  [&](const ServiceResult& result) { f.told.push_back(Fixture::shown(result)); });
    CHECK(f.told == Told{"too large"});
}

TEST_CASE("a callback may send the next request") {
    Fixture f;
    f.client.send({"GET", "/nope", {}, {}, {}}, [&](const ServiceResult&) { f.get("/later"); });
    REQUIRE(f.service.waiting.size() == 1);
    f.service.waiting[0](JSONResponse::rendered(200, "{}"));
    CHECK(f.told == Told{"200 {}"});
}

TEST_CASE("a call outlives its client") {
    ManualScheduler scheduler;
    Service service;
    Told told;
    const auto tell = [&](const ServiceResult& result) { told.push_back(Fixture::shown(result)); };
    auto client = std::make_unique<InProcessServiceClient>(scheduler, service);
    client->send({"GET", "/later", {}, {}, {}}, tell);
    client->send({"GET", "/later", {}, {}, {}}, tell);
    client.reset();
    service.waiting[0](JSONResponse::rendered(200, "{}"));
    scheduler.advance_ms(limits::service_timeout_ms);
    CHECK(told == Told{"200 {}", "timed out"});
}

}  // namespace
}  // namespace gavel
