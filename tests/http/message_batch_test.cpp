#include "common/http/message_batch.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/batch_handler.h"
#include "common/http/request_text.h"
#include "common/limits.h"
#include "tests/http/test_handler.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/recording_sink.h"

namespace gavel {
namespace {

using testing::TestHandler;

ServiceRequest post(const std::string& target, const std::string& body) {
    ServiceRequest request;
    request.method = "POST";
    request.target = target;
    request.body = body;
    return request;
}

std::string batch_of(const std::vector<ServiceRequest>& requests) {
    std::string text;
    for (const auto& request : requests) append_request_text(text, request, "batch", false);
    return text;
}

TEST_CASE("the requests of a batch are what they were") {
    ServiceRequest first = post("/auctions/1/bid?x=y%20z", R"({"amount":5})");
    first.headers = {{"Prefer", "return=minimal"}, {"Idempotency-Key", "k"}};
    first.request_id = "id-1";
    const auto requests = parse_batch(batch_of({first, post("/close", "")}));
    REQUIRE(requests);
    REQUIRE(requests->size() == 2);
    CHECK((*requests)[0].method() == "POST");
    CHECK((*requests)[0].target() == first.target);
    CHECK((*requests)[0].body() == first.body);
    CHECK((*requests)[0].request_id() == "id-1");
    CHECK((*requests)[0].prefers_minimal());
    CHECK((*requests)[0].header("Idempotency-Key") == "k");
    CHECK((*requests)[1].target() == "/close");
    CHECK((*requests)[1].body().empty());
    CHECK_FALSE((*requests)[1].request_id().empty());
}

TEST_CASE("what is no batch is taken for none") {
    const std::string one = batch_of({post("/a", "{}")});
    CHECK_FALSE(parse_batch(one + one.substr(0, one.size() - 1)));
    CHECK_FALSE(parse_batch(one + "nonsense\r\n\r\n"));
    CHECK_FALSE(parse_batch("{}"));
    std::string many;
    for (std::size_t i = 0; i < limits::max_batch_requests; ++i) many += one;
    CHECK(parse_batch(many));
    CHECK_FALSE(parse_batch(many + one));
    CHECK(parse_batch("")->empty());
}

// The answers in a text, each at its place; nothing when it is not in order or lacks some.
std::optional<std::vector<Response>> parse_answers(std::string_view text, std::size_t count) {
    AnswerReader reader;
    std::vector<std::optional<Response>> found(count);
    std::size_t seen = 0;
    const bool in_order = reader.feed(text, [&](std::size_t place, Response answer) {
        if (place < count) found[place] = std::move(answer);
        ++seen;
    });
    if (!in_order || !reader.at_end() || seen != count) return std::nullopt;
    std::vector<Response> answers;
    for (auto& answer : found) {
        if (!answer) return std::nullopt;
        answers.push_back(std::move(*answer));
    }
    return answers;
}

TEST_CASE("the answers of a batch are what they were, whatever order they come in") {
    Response accepted = JSONResponse::rendered(200, R"({"auction":{}})");
    accepted.headers.set("Gavel-Index", "7");
    Response evil = JSONResponse::error(409, "no");
    evil.headers.add("X", "a\r\nEvil: 1");
    std::string text;
    append_answer_text(text, evil, 1);
    append_answer_text(text, accepted, 0);
    const auto answers = parse_answers(text, 2);
    REQUIRE(answers);
    CHECK((*answers)[0].status == 200);
    CHECK((*answers)[0].body == accepted.body);
    CHECK((*answers)[0].headers.find("Gavel-Index") == "7");
    CHECK((*answers)[0].headers.size() == 1);
    CHECK((*answers)[1].status == 409);
    CHECK((*answers)[1].headers.size() == 0);
    CHECK_FALSE(parse_answers(text, 1));
    CHECK_FALSE(parse_answers(text, 3));
    CHECK_FALSE(parse_answers(text.substr(0, text.size() - 1), 2));
    CHECK_FALSE(parse_answers("nonsense", 1));
}

TEST_CASE("answers are read wherever their text is cut into pieces") {
    std::string text;
    append_answer_text(text, JSONResponse::rendered(200, "one"), 0);
    append_answer_text(text, JSONResponse::rendered(404, ""), 1);
    append_answer_text(text, JSONResponse::rendered(200, "three"), 2);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        AnswerReader reader;
        std::string told;
        const auto tell = [&](std::size_t place, const Response& answer) {
            told += std::to_string(place) + answer.body + " ";
        };
        CHECK(reader.feed(std::string_view(text).substr(0, cut), tell));
        CHECK(reader.feed(std::string_view(text).substr(cut), tell));
        CHECK(told == "0one 1 2three ");
        CHECK(reader.at_end());
    }
    AnswerReader reader;
    const auto ignore = [](std::size_t, const Response&) {};
    CHECK_FALSE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ignore));
    AnswerReader other;
    CHECK_FALSE(
        other.feed("HTTP/1.1 200 OK\r\nGavel-Place: x\r\nContent-Length: 0\r\n\r\n", ignore));
}

// A handler that takes batches, and time that the test moves.
struct Batching {
    testing::ManualScheduler scheduler;
    TestHandler inner;
    BatchHandler handler{scheduler, inner};

    auto ask(const std::vector<ServiceRequest>& requests) {
        auto answer = testing::ask(handler, "POST", "/batch", batch_of(requests));
        scheduler.run_ready();
        return answer;
    }
    static ServiceRequest get(const std::string& target) {
        ServiceRequest request = post(target, "");
        request.method = "GET";
        return request;
    }
};

TEST_CASE("a batch whose requests are answered together is answered whole") {
    Batching b;
    const auto answer = b.ask({post("/echo", "1"), Batching::get("/hello"), post("/nope", "")});
    REQUIRE(answer->status() == 200);
    CHECK(answer->header("Content-Type") == batch_type);
    CHECK_FALSE(answer->response.stream);
    const auto answers = parse_answers(answer->body(), 3);
    REQUIRE(answers);
    CHECK((*answers)[0].status == 201);
    CHECK((*answers)[0].body == "1");
    CHECK((*answers)[1].body == TestHandler::hello_body);
    CHECK((*answers)[2].status == 404);
}

TEST_CASE("one that takes long holds up none of the others of its batch") {
    Batching b;
    const auto answer = b.ask({post("/echo", "1"), Batching::get("/later"), post("/echo", "3")});
    REQUIRE(answer->arrived);
    REQUIRE(answer->response.stream);
    CHECK(answer->response.has_end);
    const auto sink = std::make_shared<testing::RecordingSink>();
    answer->response.stream(sink);
    AnswerReader reader;
    std::string told;
    const auto tell = [&](std::size_t place, const Response& one) {
        told += std::to_string(place) + one.body + " ";
    };
    CHECK(reader.feed(sink->take(), tell));
    CHECK(told == "01 23 ");
    CHECK_FALSE(sink->closed);
    b.inner.waiting.front()(JSONResponse::rendered(200, "2"));
    b.scheduler.run_ready();
    CHECK(reader.feed(sink->take(), tell));
    CHECK(told == "01 23 12 ");
    CHECK(sink->closed);
}

TEST_CASE("a batch of which nothing is answered is begun to be answered when patience is over") {
    Batching b;
    const auto answer = b.ask({Batching::get("/later"), Batching::get("/later")});
    b.scheduler.advance_ms(limits::batch_patience_ms - 1);
    CHECK_FALSE(answer->arrived);
    b.scheduler.advance_ms(1);
    REQUIRE(answer->response.stream);
    // Answered before the stream was begun, and after.
    b.inner.waiting[1](JSONResponse::rendered(200, "second"));
    b.scheduler.run_ready();
    const auto sink = std::make_shared<testing::RecordingSink>();
    answer->response.stream(sink);
    b.inner.waiting[0](JSONResponse::rendered(200, "first"));
    b.scheduler.run_ready();
    const auto answers = parse_answers(sink->take(), 2);
    REQUIRE(answers);
    CHECK((*answers)[0].body == "first");
    CHECK((*answers)[1].body == "second");
    CHECK(sink->closed);
}

TEST_CASE("a request that is not answered, and a stream, are told so within their batch") {
    Batching b;
    const auto answer = b.ask({Batching::get("/never"), Batching::get("/stream")});
    const auto answers = parse_answers(answer->body(), 2);
    REQUIRE(answers);
    CHECK((*answers)[0].status == 500);
    CHECK((*answers)[1].status == 501);
    CHECK(b.inner.sinks.empty());
}

TEST_CASE("what is no batch is refused; what is not for the batch route goes through") {
    Batching b;
    for (const auto* body : {"", "{}", "GET / HTTP/1.1"}) {
        CHECK(testing::ask(b.handler, "POST", "/batch", body)->status() == 400);
    }
    CHECK(testing::ask(b.handler, "GET", "/hello")->body() == TestHandler::hello_body);
    CHECK(testing::ask(b.handler, "GET", "/batch")->status() == 404);
    // A batch in a batch is none.
    const auto answer = b.ask({post("/batch", batch_of({post("/echo", "1")}))});
    const auto answers = parse_answers(answer->body(), 1);
    REQUIRE(answers);
    CHECK((*answers)[0].status == 404);
}

}  // namespace
}  // namespace gavel
