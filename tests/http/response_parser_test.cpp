#include "common/http/response_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/limits.h"

namespace gavel {
namespace {

using State = ResponseParser::State;

struct Answer {
    State state = State::head;
    int status = 0;
    std::string body;
    bool keep_alive = false;
    std::size_t left = 0;  // bytes that belong to no answer
    bool operator==(const Answer&) const = default;
};

Answer read(const std::vector<std::string_view>& pieces, bool closed = false, bool head = false) {
    ResponseParser parser(head);
    Answer answer;
    for (const auto piece : pieces) {
        const auto taken = parser.feed(piece);
        REQUIRE(taken <= piece.size());
        if (parser.state() != State::failed) answer.left += piece.size() - taken;
        answer.body += parser.take_body();
    }
    if (closed) parser.end_of_stream();
    answer.state = parser.state();
    answer.status = parser.status();
    if (answer.state == State::complete) answer.keep_alive = parser.keep_alive();
    return answer;
}

Answer read(const std::string& text, bool closed = false, bool head = false) {
    return read(std::vector<std::string_view>{text}, closed, head);
}

TEST_CASE("an answer ends after its length, its last chunk or with its connection") {
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore") ==
          Answer{State::complete, 200, "ok", true, 4});
    CHECK(read("HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") ==
          Answer{State::complete, 201, "ok", true, 0});
    CHECK(read("HTTP/1.1 200 OK\r\n\r\nok").state == State::body);
    CHECK(read("HTTP/1.1 200 OK\r\n\r\nok", true) == Answer{State::complete, 200, "ok", false, 0});
    CHECK(read("HTTP/1.1 204 No Content\r\n\r\n") == Answer{State::complete, 204, "", true, 0});
    CHECK(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n") ==
          Answer{State::complete, 304, "", true, 0});
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", false, true) ==
          Answer{State::complete, 200, "", true, 0});
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").state == State::complete);
}

TEST_CASE("wherever the bytes are split, the result is the same") {
    const std::string all[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.0 404 N\r\n\r\ngone",
        "HTTP/1.1 abc\r\n\r\n",
    };
    for (const auto& text : all) {
        const Answer whole = read(text, true);
        const std::string_view view = text;
        for (std::size_t i = 0; i <= text.size(); ++i) {
            CHECK(read({view.substr(0, i), view.substr(i)}, true) == whole);
        }
    }
    CHECK(read(all[2]) == Answer{State::complete, 200, "ok", true, 0});
    CHECK(read(all[3], true) == Answer{State::complete, 404, "gone", false, 0});
}

TEST_CASE("a connection that ends too early fails the answer") {
    for (const auto* text :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n"}) {
        CAPTURE(text);
        CHECK(read(std::string(text), true).state == State::failed);
    }
}

TEST_CASE("what is no answer fails") {
    for (const auto* text :
         {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "SSH-2.0-x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nNoColon\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"}) {
        CAPTURE(text);
        CHECK(read(std::string(text)).state == State::failed);
    }
}

TEST_CASE("head and body have their limits") {
    CHECK(read("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'a')).state == State::failed);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: " +
               std::to_string(limits::max_answer_bytes + 1) + "\r\n\r\n")
              .state == State::failed);
}

TEST_CASE("a connection is kept unless the answer says or implies otherwise") {
    const auto keeps = [](const std::string& version, const std::string& headers) {
        return read(version + " 200 OK\r\nContent-Length: 0\r\n" + headers + "\r\n").keep_alive;
    };
    CHECK(keeps("HTTP/1.1", ""));
    CHECK_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0", ""));
    CHECK(keeps("HTTP/1.0", "Connection: keep-alive\r\n"));
}

}  // namespace
}  // namespace gavel
