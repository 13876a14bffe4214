#include "common/http/response_head.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace gavel {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Response with_header(const std::string& name, const std::string& value) {
    Response response;
    response.headers.add(name, value);
    return response;
}

TEST_CASE("a head says all that the client needs to find the end of the answer") {
    Response response = JSONResponse::rendered(201, "{}");
    const std::string head = response_head(response, {true, false, "r1"});
    CHECK(head.starts_with("HTTP/1.1 201 Created\r\nDate: "));
    CHECK(contains(head, " GMT\r\n"));
    CHECK(contains(head, "\r\nGavel-Time: "));
    CHECK(contains(head, "\r\nContent-Type: application/json\r\n"));
    CHECK(contains(head, "\r\nContent-Length: 2\r\n"));
    CHECK(contains(head, "\r\nX-Request-Id: r1\r\n"));
    CHECK_FALSE(contains(head, "Connection:"));
    CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("Connection says what becomes of the connection") {
    CHECK(contains(response_head({}, {false, false, ""}), "\r\nConnection: close\r\n"));
    CHECK(contains(response_head({}, {false, true, ""}), "\r\nConnection: close\r\n"));
    CHECK(contains(response_head({}, {true, true, ""}), "\r\nConnection: keep-alive\r\n"));
}

TEST_CASE("a stream and an answer without content have no length") {
    const StreamingResponse stream([](const auto&) {});
    const std::string head = response_head(stream, {false, false, ""});
    CHECK_FALSE(contains(head, "Content-Length"));
    CHECK(contains(head, "\r\nContent-Type: text/event-stream; charset=utf-8\r\n"));
    Response empty;
    empty.status = 304;
    CHECK_FALSE(contains(response_head(empty, {}), "Content-Length"));
    CHECK_FALSE(contains(response_head(empty, {}), "Content-Type"));
}

TEST_CASE("the time of an answer that was passed on is that of the server that gave it") {
    const std::string head = response_head(with_header("gavel-time", "1.000"), {});
    CHECK(contains(head, "\r\ngavel-time: 1.000\r\n"));
    CHECK_FALSE(contains(head, "Gavel-Time"));
}

TEST_CASE("no header can smuggle in a line") {
    for (const auto* value : {"a\r\nEvil: 1", "a\nEvil: 1", "a\rEvil: 1"}) {
        CHECK_FALSE(contains(response_head(with_header("X-Good", value), {}), "Evil"));
        CHECK_FALSE(contains(response_head(with_header(value, "x"), {}), "Evil"));
    }
    const std::string nul("a\0b", 3);
    CHECK_FALSE(contains(response_head(with_header("X-Good", nul), {}), "X-Good"));
    CHECK_FALSE(contains(response_head(with_header("Bad Name", "x"), {}), "Bad"));
    CHECK_FALSE(contains(response_head(with_header("", "x"), {}), "\r\n: "));
}

TEST_CASE("what frames the answer is the server's to say") {
    for (const auto* name :
         {"Content-Length", "transfer-encoding", "CONNECTION", "Date", "X-Request-Id"}) {
        CHECK_FALSE(contains(response_head(with_header(name, "forged"), {}), "forged"));
    }
    CHECK(contains(response_head(with_header("ETag", "\"1\""), {}), "\r\nETag: \"1\"\r\n"));
}

TEST_CASE("every status that is answered has its phrase") {
    for (const int status : {200, 201, 204, 304, 400, 404, 405, 408, 409, 410, 413,
                             414, 415, 422, 429, 431, 500, 501, 502, 503, 504, 505}) {
        CHECK(std::string(reason_phrase(status)) != "Status");
    }
    CHECK(std::string(reason_phrase(299)) == "Status");
}

}  // namespace
}  // namespace gavel
