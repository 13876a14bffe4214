#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "common/http/http_error.h"
#include "common/http/json_request_handler.h"
#include "common/logging/logging.h"

namespace gavel {
namespace {

class ExampleHandler : public JSONRequestHandler {
  public:
    ExampleHandler() : JSONRequestHandler("example") {
        route("POST", "/echo", &ExampleHandler::echo);
        route("GET", "/refuse", &ExampleHandler::refuse);
        route("GET", "/fail", &ExampleHandler::fail);
        route("GET", "/fail_oddly", &ExampleHandler::fail_oddly);
        route("GET", "/later", &ExampleHandler::answer_later);
        route("GET", "/drop", &ExampleHandler::drop);
        route("GET", "/twice", &ExampleHandler::answer_twice);
        route("GET", "/answer_and_fail", &ExampleHandler::answer_and_fail);
    }

    JSONResponse echo(const JSONRequest& request) { return {200, request.object()}; }
    Response refuse(const JSONRequest&) { throw HTTPError(409, "Closed \"manually\"\n"); }
    Response fail(const JSONRequest&) { throw std::runtime_error("/secret/path: disk failed"); }
    Response fail_oddly(const JSONRequest&) { throw 42; }
    void answer_later(const JSONRequest&, const Responder& respond) { waiting.push_back(respond); }
    void drop(const JSONRequest&, const Responder&) {}
    void answer_twice(const JSONRequest&, const Responder& respond) {
        respond(JSONResponse::rendered(200, "first"));
        respond(JSONResponse::rendered(200, "second"));
    }
    void answer_and_fail(const JSONRequest&, const Responder& respond) {
        respond(JSONResponse::rendered(200, "first"));
        throw HTTPError(400, "too late");
    }

    std::vector<Responder> waiting;
};

// Every answer to one request: there should be exactly one.
using Answers = std::vector<std::string>;

std::shared_ptr<Answers> ask(const ExampleHandler& handler, const std::string& method,
                             const std::string& target, const std::string& body = {}) {
    configure_logging({.level = "off"});  // failures are logged
    auto answers = std::make_shared<Answers>();
    handler.handle(JSONRequest(method, target, body),
                   Responder([answers](const Response& response) {
                       answers->push_back(std::to_string(response.status) + " " + response.body);
                   }));
    return answers;
}

TEST_CASE("what the member returns is the answer") {
    const ExampleHandler handler;
    CHECK(*ask(handler, "POST", "/echo", R"({"b":1,"a":[2]})") ==
          Answers{R"(200 {"a":[2],"b":1})"});
    CHECK(*ask(handler, "POST", "/echo") == Answers{"200 {}"});
}

TEST_CASE("a refusal becomes its status and {\"error\": text}") {
    const ExampleHandler handler;
    CHECK(*ask(handler, "GET", "/refuse") == Answers{R"(409 {"error":"Closed \"manually\"\n"})"});
    CHECK(*ask(handler, "POST", "/echo", "{") ==
          Answers{R"(400 {"error":"request body is not valid JSON"})"});
    CHECK(*ask(handler, "GET", "/nope") == Answers{R"(404 {"error":"not found"})"});
    CHECK(*ask(handler, "GET", "/echo") == Answers{R"(405 {"error":"method not allowed"})"});
}

TEST_CASE("any other exception becomes a 500 that tells nothing") {
    const ExampleHandler handler;
    CHECK(*ask(handler, "GET", "/fail") == Answers{R"(500 {"error":"internal error"})"});
    CHECK(*ask(handler, "GET", "/fail_oddly") == Answers{R"(500 {"error":"internal error"})"});
}

TEST_CASE("an answer may come later, and then once") {
    ExampleHandler handler;
    const auto answers = ask(handler, "GET", "/later");
    CHECK(answers->empty());
    REQUIRE(handler.waiting.size() == 1);
    CHECK_FALSE(handler.waiting[0].answered());
    handler.waiting[0](JSONResponse::rendered(200, "late"));
    CHECK(*answers == Answers{"200 late"});
    CHECK(handler.waiting[0].answered());
    handler.waiting.clear();
    CHECK(answers->size() == 1);
}

TEST_CASE("a responder that is dropped without an answer answers 500") {
    ExampleHandler handler;
    CHECK(*ask(handler, "GET", "/drop") == Answers{R"(500 {"error":"internal error"})"});

    const auto answers = ask(handler, "GET", "/later");
    handler.waiting.push_back(handler.waiting[0]);  // copies share the one answer
    handler.waiting.pop_back();
    CHECK(answers->empty());
    handler.waiting.clear();
    CHECK(*answers == Answers{R"(500 {"error":"internal error"})"});
}

TEST_CASE("the first answer counts, a second one or a later exception does not") {
    const ExampleHandler handler;
    CHECK(*ask(handler, "GET", "/twice") == Answers{"200 first"});
    CHECK(*ask(handler, "GET", "/answer_and_fail") == Answers{"200 first"});
}

TEST_CASE("an answer that is given while one is being given does not count") {
    int answers = 0;
    std::function<void()> again;
    const Responder respond([&](const Response&) {
        ++answers;
        again();
    });
    again = [&] { respond(JSONResponse::rendered(200, "{}")); };
    respond(JSONResponse::rendered(200, "{}"));
    CHECK(answers == 1);
}

TEST_CASE("an unmatched path may be given to something else") {
    class Proxy : public JSONRequestHandler {
      public:
        Proxy() : JSONRequestHandler("proxy") {}
        void handle_unmatched(const JSONRequest& request, const Responder& respond) const override {
            respond(JSONResponse::rendered(200, std::string(request.path())));
        }
    };
    const Proxy proxy;
    std::string body;
    proxy.handle(JSONRequest("GET", "/index.html"),
                 Responder([&](const Response& response) { body = response.body; }));
    CHECK(body == "/index.html");
    CHECK(proxy.service() == "proxy");
}

TEST_CASE("a JSON answer of text that is not UTF-8 is still JSON") {
    const JSONResponse response(200, {{"a", "\xff"}});
    CHECK(response.body == "{\"a\":\"\xef\xbf\xbd\"}");
}

TEST_CASE("unavailable says when to ask again") {
    const auto response = JSONResponse::unavailable("try again", 3);
    CHECK(response.status == 503);
    CHECK(response.headers.find("Retry-After") == "3");
    CHECK(response.body == R"({"error":"try again"})");
}

TEST_CASE("a stream is an event stream that nobody buffers") {
    bool started = false;
    const StreamingResponse response([&](const std::shared_ptr<StreamSink>&) { started = true; });
    CHECK(response.status == 200);
    CHECK(response.headers.find("Content-Type") == "text/event-stream; charset=utf-8");
    CHECK(response.headers.has_token("Cache-Control", "no-cache"));
    REQUIRE(response.stream);
    CHECK_FALSE(started);
    response.stream(nullptr);
    CHECK(started);
}

}  // namespace
}  // namespace gavel
