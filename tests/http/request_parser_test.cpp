#include "common/http/request_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/limits.h"

namespace gavel {
namespace {

struct Parsed {
    std::string method;
    std::string target;
    std::string body;
    std::vector<Headers::Field> headers;
    bool keep_alive = false;
    bool http_1_0 = false;
    bool operator==(const Parsed&) const = default;
};

struct Reading {
    std::vector<Parsed> requests;
    int failure = 0;  // status; 0: none
    std::string message;
    bool operator==(const Reading&) const = default;
};

// Feeds the pieces as a connection would: what a request leaves goes to the next one.
Reading read(const std::vector<std::string_view>& pieces) {
    RequestParser parser;
    Reading reading;
    for (std::string_view piece : pieces) {
        for (;;) {
            const auto taken = parser.feed(piece);
            REQUIRE(taken <= piece.size());
            piece.remove_prefix(taken);
            if (parser.state() != RequestParser::State::complete) break;
            Parsed parsed;
            parsed.keep_alive = parser.keep_alive();
            parsed.http_1_0 = parser.http_1_0();
            const JSONRequest request = parser.take();
            parsed.method = request.method();
            parsed.target = request.target();
            parsed.body = request.body();
            parsed.headers.assign(request.headers().begin(), request.headers().end());
            reading.requests.push_back(parsed);
        }
        if (parser.state() == RequestParser::State::failed) {
            reading.failure = parser.error().status;
            reading.message = parser.error().message;
            return reading;
        }
        REQUIRE(piece.empty());
    }
    return reading;
}

Reading read(const std::string& text) {
    return read(std::vector<std::string_view>{text});
}

Parsed read_one(const std::string& text) {
    const Reading reading = read(text);
    INFO(reading.message);
    REQUIRE(reading.failure == 0);
    REQUIRE(reading.requests.size() == 1);
    return reading.requests[0];
}

int failure_of(const std::string& text) {
    return read(text).failure;
}

const std::string post = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
const std::string chunked =
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;name=value\r\nabc\r\nA ;q=\"x\"\r\n0123456789\r\n0\r\nTrailer: t\r\nOther: u\r\n\r\n";

TEST_CASE("a request is taken apart into method, target, headers and body") {
    const Parsed parsed = read_one(post);
    CHECK(parsed.method == "POST");
    CHECK(parsed.target == "/a?b=c");
    CHECK(parsed.body == "body");
    CHECK(parsed.headers == std::vector<Headers::Field>{{"Host", "x"}, {"Content-Length", "4"}});
    CHECK(parsed.keep_alive);
    CHECK_FALSE(parsed.http_1_0);
}

TEST_CASE("wherever the bytes are split, the result is the same") {
    const std::string all[] = {
        post,
        chunked,
        post + chunked + post,
        "GET / HTTP/1.0\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n" + post,
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
    };
    for (const auto& text : all) {
        const Reading whole = read(text);
        const std::string_view view = text;
        for (std::size_t i = 0; i <= text.size(); ++i) {
            CHECK(read({view.substr(0, i), view.substr(i)}) == whole);
        }
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(view.substr(i, 1));
        CHECK(read(bytes) == whole);
    }
}

TEST_CASE("pipelined requests come one after the other") {
    std::string text;
    for (int i = 0; i < 100; ++i) text += i % 2 == 0 ? post : chunked;
    const Reading reading = read(text);
    CHECK(reading.failure == 0);
    REQUIRE(reading.requests.size() == 100);
    CHECK(reading.requests[98].body == "body");
    CHECK(reading.requests[99].body == "abc0123456789");
}

TEST_CASE("chunk extensions and trailers are read over") {
    const Parsed parsed = read_one(chunked);
    CHECK(parsed.body == "abc0123456789");
    CHECK(parsed.headers.size() == 2);
}

TEST_CASE("what is in order is taken") {
    const char* const rows[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: \t x \t \r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%20?a=b&c#d HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Encoding: identity\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 00\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-Empty:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\tb \xc3\xa9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n0\r\n\r\n",
    };
    for (const auto* row : rows) {
        CAPTURE(row);
        CHECK(failure_of(row) == 0);
        CHECK(read(row).requests.size() == 1);
    }
}

TEST_CASE("what two servers could read differently is refused") {
    struct Row {
        const char* text;
        int status;
    };
    const Row rows[] = {
        {"GET / HTTP/1.1\nHost: x\n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n Folded: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\tfolded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nNoColon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nB\x80g: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 0\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: one\r\n\r\na", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
         400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
         "Transfer-Encoding: identity\r\n\r\n",
         501},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", 415},
        {"GET /\r\n\r\n", 400},
        {"GET\r\n\r\n", 400},
        {"GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\ta HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"G\"T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"ANUNUSUALLYLONGMETHOD / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET nopath HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        {"GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
        {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01\x02 TLS is not spoken here\r\n\r\n", 400},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(failure_of(row.text) == row.status);
        CHECK(read(row.text).requests.empty());
    }
}

TEST_CASE("a line that ends in LF alone is refused when it comes, whatever follows or does not") {
    for (const std::string text : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\nHost: x\n\n",
                                   "GET / HTTP/1.1\r\nHost: x\n", "GET / HTTP/1.1\r\n\n"}) {
        CAPTURE(text);
        CHECK(failure_of(text) == 400);
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < text.size(); ++i) {
            bytes.push_back(std::string_view(text).substr(i, 1));
        }
        CHECK(read(bytes).failure == 400);
    }
    // A line break that comes in two pieces is in order so far.
    const std::vector<std::string_view> pieces{"GET / HTTP/1.1\r", "\nHost: x\r", "\n\r", "\n"};
    CHECK(read(pieces).requests.size() == 1);
}

TEST_CASE("empty lines before a request are bounded, in one piece or dripped") {
    const std::string most(limits::max_empty_line_bytes, '\n');
    const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    CHECK(read(most + request + most + request).requests.size() == 2);
    CHECK(failure_of(most + "\r" + request) == 400);
    RequestParser parser;
    for (std::size_t i = 0; i < limits::max_empty_line_bytes; ++i) parser.feed("\n");
    CHECK(parser.idle());
    parser.feed("\n");
    CHECK(parser.state() == RequestParser::State::failed);
    CHECK(parser.error().status == 400);
}

TEST_CASE("a chunked body that is not in order is refused") {
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const char* const rows[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "+1\r\na\r\n",
        "0x1\r\na\r\n",
        " 1\r\na\r\n",
        "1\na\n0\n\n",
        "1\r\nab\r\n",
        "1\r\na\n0\r\n\r\n",
        "1 2\r\na\r\n",
        "1\r\na0\r\n\r\n",
        "1\ra\r\n",
        "0\r\nTrailer: t\n\r\n",
    };
    for (const auto* row : rows) {
        CAPTURE(row);
        CHECK(failure_of(head + row) == 400);
    }
}

TEST_CASE("a body above the limit is refused before it is read, however it is framed") {
    const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
    const auto length = [&](const std::string& text) {
        return failure_of(start + "Content-Length: " + text + "\r\n\r\n");
    };
    CHECK(length(std::to_string(limits::max_body_bytes)) == 0);
    CHECK(length(std::to_string(limits::max_body_bytes + 1)) == 413);
    CHECK(length("99999999999999999999999999") == 413);
    const std::string chunks = start + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(failure_of(chunks + "100001\r\n") == 413);
    CHECK(failure_of(chunks + "ffffffffffffffff\r\n") == 413);
    CHECK(failure_of(chunks + "fffffffffffffffff\r\n") == 413);
    const std::string half = "80000\r\n" + std::string(0x80000, 'a') + "\r\n";
    CHECK(failure_of(chunks + half + half + "0\r\n\r\n") == 0);
    CHECK(failure_of(chunks + half + half + "1\r\n") == 413);
}

TEST_CASE("what stands between chunks is bounded") {
    const std::string start = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(failure_of(start + "1;" + std::string(20'000, 'x')) == 413);
    std::string trailers = start + "0\r\n";
    for (int i = 0; i < 3'000; ++i) trailers += "T: " + std::string(500, 't') + "\r\n";
    CHECK(failure_of(trailers) == 413);
}

TEST_CASE("head, target and number of headers have their limits") {
    const auto with_target = [](std::size_t bytes) {
        return failure_of("GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
    };
    CHECK(with_target(limits::max_target_bytes) == 0);
    CHECK(with_target(limits::max_target_bytes + 1) == 414);
    CHECK(failure_of("GET /" + std::string(20'000, 'a')) == 414);
    CHECK(failure_of(std::string(20'000, 'a')) == 414);
    CHECK(failure_of("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a')) == 431);
    const auto with_headers = [](std::size_t count) {
        std::string text = "GET / HTTP/1.1\r\nHost: x\r\n";
        for (std::size_t i = 1; i < count; ++i) text += "A: b\r\n";
        return failure_of(text + "\r\n");
    };
    CHECK(with_headers(limits::max_header_count) == 0);
    CHECK(with_headers(limits::max_header_count + 1) == 431);
}

TEST_CASE("the absolute form stands for its path") {
    const auto target_of = [](const std::string& target) {
        return read_one("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n").target;
    };
    CHECK(target_of("http://x/a?b") == "/a?b");
    CHECK(target_of("http://x:80/") == "/");
    CHECK(target_of("http://x") == "/");
}

TEST_CASE("who says close gets it; HTTP/1.0 closes unless it says otherwise") {
    const auto keeps = [](const std::string& version, const std::string& connection) {
        return read_one("GET / " + version + "\r\nHost: x\r\n" + connection + "\r\n").keep_alive;
    };
    CHECK(keeps("HTTP/1.1", ""));
    CHECK_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1", "connection: TE , Close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1", "Connection: TE\r\nConnection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0", ""));
    CHECK(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("100-continue is expected once, and only before a body") {
    RequestParser parser;
    parser.feed("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    CHECK(parser.state() == RequestParser::State::body);
    CHECK(parser.take_expectation());
    CHECK_FALSE(parser.take_expectation());
    parser.feed("a");
    CHECK(parser.state() == RequestParser::State::complete);
    parser.take();
    parser.feed("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    CHECK_FALSE(parser.take_expectation());  // HTTP/1.0 knows none
}

TEST_CASE("a parser that has failed takes no more") {
    RequestParser parser;
    parser.feed("nonsense\r\n\r\n");
    CHECK(parser.state() == RequestParser::State::failed);
    CHECK(parser.feed(post) == 0);
    CHECK(parser.error().status == 400);
}

TEST_CASE("it is idle until the first byte of a request") {
    RequestParser parser;
    CHECK(parser.idle());
    parser.feed("\r\n");
    CHECK(parser.idle());
    parser.feed("G");
    CHECK_FALSE(parser.idle());
    parser.feed(std::string_view("ET / HTTP/1.0\r\n\r\n"));
    CHECK_FALSE(parser.idle());
    parser.take();
    CHECK(parser.idle());
}

}  // namespace
}  // namespace gavel
