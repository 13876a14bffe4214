#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/json_request_handler.h"
#include "common/runtime/scheduler.h"

namespace gavel::testing {

// Answers in every way a handler can. Everything of it belongs to the loop.
class TestHandler : public JSONRequestHandler {
  public:
    TestHandler() : JSONRequestHandler("test") {
        route("GET", "/hello", &TestHandler::hello);
        route("POST", "/echo", &TestHandler::echo);
        route("GET", "/big", &TestHandler::big);
        route("GET", "/later", &TestHandler::later);
        route("GET", "/never", &TestHandler::never);
        route("GET", "/stream", &TestHandler::stream);
        route("GET", "/pieces", &TestHandler::pieces);
        route("POST", "/soon", &TestHandler::soon);
    }

    int handled = 0;
    int big_handled = 0;
    std::deque<Responder> waiting;
    std::vector<std::shared_ptr<StreamSink>> sinks;
    int streams_gone = 0;
    std::string last_request_id;
    std::string last_target;
    std::function<void(Task)> post;  // for /soon

    static constexpr auto hello_body = R"({"hello":"world"})";

  private:
    Response hello(const JSONRequest& request) {
        ++handled;
        last_request_id = request.request_id();
        last_target = request.target();
        return JSONResponse::rendered(200, hello_body);
    }
    Response echo(const JSONRequest& request) {
        ++handled;
        return JSONResponse::rendered(201, request.body());
    }
    Response big(const JSONRequest& request) {
        ++big_handled;
        const auto bytes = request.query_number("bytes", 1'000'000'000).value_or(0);
        return JSONResponse::rendered(200, std::string(bytes, 'x'));
    }
    void later(const JSONRequest&, const Responder& respond) {
        ++handled;
        waiting.push_back(respond);
    }
    void never(const JSONRequest&, const Responder&) {}
    void soon(const JSONRequest& request, const Responder& respond) {
        post([respond, body = request.body()] { respond(JSONResponse::rendered(200, body)); });
    }
    // As /stream, but with an end that is told.
    Response pieces(const JSONRequest& request) {
        Response answer = stream(request);
        answer.headers.set("Content-Type", request.query("type").value_or("application/json"));
        answer.has_end = true;
        return answer;
    }
    Response stream(const JSONRequest&) {
        return StreamingResponse([this](std::shared_ptr<StreamSink> sink) {
            sink->on_close([this] { ++streams_gone; });
            sinks.push_back(std::move(sink));
        });
    }
};

}  // namespace gavel::testing
