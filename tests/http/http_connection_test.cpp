#include "common/http/http_connection.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <memory>
#include <string>

#include "common/limits.h"
#include "tests/http/loop_thread.h"
#include "tests/http/raw_socket.h"
#include "tests/http/test_handler.h"

// The time limits of one connection: nobody waits for them, the check is told of a later time.

namespace gavel {
namespace {

using testing::RawSocket;

// One connection whose other end the test holds.
struct Connected {
    testing::LoopThread thread;
    testing::TestHandler handler;
    RawSocket client;
    StreamSends stream_sends{thread.loop()};
    std::shared_ptr<HTTPConnection> connection;
    int closed = 0;

    Connected() {
        int pair[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
        ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
        client = RawSocket(FileDescriptor(pair[1]));
        thread.on_loop([&] {
            connection = std::make_shared<HTTPConnection>(thread.loop(), handler, stream_sends,
                                                          FileDescriptor(pair[0]),
                                                          [this](HTTPConnection&) { ++closed; });
            connection->start();
        });
    }
    ~Connected() {
        thread.on_loop([&] {
            connection->close(true);
            connection = nullptr;
            handler.sinks.clear();
            handler.waiting.clear();
        });
    }

    // Lets the connection believe that so much time has passed since it last looked.
    void check_after_ms(std::int64_t ms) {
        thread.on_loop([&] { connection->check_deadline(thread.loop().now_us() + ms * 1000); });
    }
    bool is_closed() {
        return thread.on_loop([&] { return closed == 1; });
    }
    // The connection has seen what was sent: this comes back through it.
    void exchange() {
        client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(client.read_message().status() == 200);
    }
    void await_waiting() {
        REQUIRE(thread.wait_until([&] { return !handler.waiting.empty(); }));
    }
};

constexpr std::int64_t slack_ms = 500;

TEST_CASE("a connection that sends nothing is closed after the idle time") {
    Connected c;
    c.check_after_ms(limits::keep_alive_idle_ms - slack_ms);
    CHECK_FALSE(c.is_closed());
    c.check_after_ms(limits::keep_alive_idle_ms + slack_ms);
    CHECK(c.is_closed());
    CHECK(c.client.ended());
}

TEST_CASE("the idle time begins anew with each answer") {
    Connected c;
    c.exchange();
    c.check_after_ms(limits::keep_alive_idle_ms - slack_ms);
    CHECK_FALSE(c.is_closed());
    c.exchange();
    c.check_after_ms(limits::keep_alive_idle_ms + slack_ms);
    CHECK(c.is_closed());
}

TEST_CASE("a request that comes too slowly gets 408, however it drips") {
    Connected c;
    c.exchange();
    const std::string slow = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc";
    c.client.send(slow.substr(0, 1));
    for (std::size_t i = 1; i < slow.size(); ++i) {
        c.client.send(slow.substr(i, 1));
        c.check_after_ms(limits::request_read_timeout_ms / 2);
    }
    CHECK_FALSE(c.is_closed());
    c.check_after_ms(limits::request_read_timeout_ms + slack_ms);
    const auto answer = c.client.read_message();
    CHECK(answer.status() == 408);
    CHECK(answer.has("Connection: close"));
    CHECK(c.client.ended());
    c.client.close();
    CHECK(c.thread.wait_until([&] { return c.closed == 1; }));
}

TEST_CASE("a handler that does not answer in time is answered for, and ignored later") {
    Connected c;
    c.client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    c.await_waiting();
    c.check_after_ms(limits::answer_timeout_ms - slack_ms);
    c.check_after_ms(limits::answer_timeout_ms + slack_ms);
    CHECK(c.client.read_message().status() == 504);
    // The connection goes on; the late answer goes nowhere, not even to the next request.
    c.client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(c.thread.wait_until([&] { return c.handler.waiting.size() == 2; }));
    c.thread.on_loop([&] { c.handler.waiting[0](JSONResponse::rendered(200, "late")); });
    c.thread.on_loop([&] { c.handler.waiting[1](JSONResponse::rendered(200, "right")); });
    CHECK(c.client.read_message().body == "right");
}

TEST_CASE("a client that does not take its answer is closed, but not while it takes some") {
    Connected c;
    c.client.send("GET /big?bytes=20000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(c.thread.wait_until([&] { return c.connection->queued_bytes() > 0; }));
    c.check_after_ms(limits::write_stall_timeout_ms - slack_ms);
    CHECK_FALSE(c.is_closed());
    const auto queued = c.thread.on_loop([&] { return c.connection->queued_bytes(); });
    c.client.read_bytes(1'000'000);
    REQUIRE(c.thread.wait_until([&] { return c.connection->queued_bytes() < queued; }));
    c.check_after_ms(limits::write_stall_timeout_ms - slack_ms);
    CHECK_FALSE(c.is_closed());
    c.check_after_ms(limits::write_stall_timeout_ms + slack_ms);
    CHECK(c.is_closed());
}

TEST_CASE("a silent stream has no time limit; one that is not read has") {
    Connected c;
    c.client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    c.client.read_through("\r\n\r\n");
    c.check_after_ms(24 * 3600 * 1000);
    CHECK_FALSE(c.is_closed());
    c.thread.on_loop([&] {
        c.connection->write(std::make_shared<const std::string>(std::string(20'000'000, 'x')));
    });
    c.check_after_ms(limits::write_stall_timeout_ms - slack_ms);
    CHECK_FALSE(c.is_closed());
    c.check_after_ms(limits::write_stall_timeout_ms + slack_ms);
    CHECK(c.is_closed());
    CHECK(c.thread.on_loop([&] { return c.handler.streams_gone; }) == 1);
}

TEST_CASE("lingering for a client that goes on sending has an end") {
    SUBCASE("in time") {
        Connected c;
        c.client.send("nonsense\r\n\r\n");
        CHECK(c.client.read_message().status() == 400);
        c.check_after_ms(limits::linger_timeout_ms + slack_ms);
        CHECK(c.is_closed());
    }
    SUBCASE("in bytes") {
        Connected c;
        c.client.send("nonsense\r\n\r\n");
        const std::string more(1'000'000, 'x');
        bool read = true;
        for (int i = 0; i < 100 && read; ++i) read = c.client.send(more);
        CHECK_FALSE(read);
        CHECK(c.is_closed());
    }
}

TEST_CASE("a stream that is closed with what is queued still sends it") {
    Connected c;
    c.client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    c.client.read_through("\r\n\r\n");
    c.thread.on_loop([&] {
        c.connection->write(std::make_shared<const std::string>(std::string(5'000'000, 'x')));
        c.connection->close(false);
        CHECK(c.handler.streams_gone == 0);
    });
    CHECK(c.client.read_to_end().size() == 5'000'000);
    c.client.close();
    CHECK(c.thread.wait_until([&] { return c.handler.streams_gone == 1; }));
}

}  // namespace
}  // namespace gavel
