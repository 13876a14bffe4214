#include "evaluation/client/answer_reader.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel::evaluation {
namespace {

using State = AnswerReader::State;

struct Read {
    AnswerReader reader;
    std::size_t taken = 0;
};

// Fed in pieces of that many bytes.
Read read(const std::string& bytes, std::size_t piece_bytes, std::size_t kept_body_bytes = 100) {
    Read done;
    done.reader.begin(kept_body_bytes);
    while (done.taken < bytes.size()) {
        const auto state = done.reader.state();
        if (state == State::complete || state == State::failed) break;
        done.taken += done.reader.feed(std::string_view(bytes).substr(done.taken, piece_bytes));
    }
    return done;
}

TEST_CASE("An answer is the same in whatever pieces it comes") {
    struct Row {
        std::string bytes;
        int status;
        bool keep_alive;
        std::string body;
    };
    const Row rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, true, "hello"},
        {"HTTP/1.1 409 Conflict\r\ncontent-length:2\r\n\r\nno", 409, true, "no"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, true, ""},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 200, false, "x"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, false, "x"},
        {"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", 304, true, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, true, ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, true, ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         200, true, "abcde"},
    };
    for (const auto& row : rows) {
        for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
            CAPTURE(row.bytes);
            CAPTURE(piece);
            const Read done = read(row.bytes, piece);
            CHECK(done.reader.state() == State::complete);
            CHECK(done.taken == row.bytes.size());
            CHECK(done.reader.status() == row.status);
            CHECK(done.reader.keep_alive() == row.keep_alive);
            CHECK(done.reader.kept_body() == row.body);
        }
    }
}

TEST_CASE("Bytes of the next answer are left alone") {
    const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    CHECK(read(one + one, 1000).taken == one.size());
}

TEST_CASE("What is no answer, or has no end but the connection's, fails") {
    for (const std::string bytes :
         {"HTTP/2 200 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        CAPTURE(bytes);
        CHECK(read(bytes, 1000).reader.state() == State::failed);
        CHECK(read(bytes, 1).reader.state() == State::failed);
    }
}

TEST_CASE("An endless head fails") {
    const std::string head =
        "HTTP/1.1 200 OK\r\nX: " + std::string(AnswerReader::max_head_bytes, 'x');
    CHECK(read(head, 1000).reader.state() == State::failed);
}

TEST_CASE("Of a body only as much is kept as was asked for") {
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
    for (const std::size_t piece : {1, 1000}) {
        const Read done = read(bytes, piece, 4);
        CHECK(done.reader.state() == State::complete);
        CHECK(done.reader.kept_body() == "0123");
    }
}

TEST_CASE("Nothing of an answer is left when the next begins") {
    AnswerReader reader;
    reader.begin(10);
    reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
    reader.begin(10);
    const std::string bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\ny";
    CHECK(reader.feed(bytes) == bytes.size());
    CHECK(reader.state() == State::complete);
    CHECK(reader.status() == 404);
    CHECK(reader.kept_body() == "y");
}

}  // namespace
}  // namespace gavel::evaluation
