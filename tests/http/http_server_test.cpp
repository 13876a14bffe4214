#include "common/http/http_server.h"

#include <doctest/doctest.h>
#include <httplib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "common/limits.h"
#include "tests/http/running_server.h"

// A real server on a port of its own. cpp-httplib's client is the second opinion on HTTP; what it
// would never send comes from raw sockets.

namespace gavel {
namespace {

using testing::RawSocket;
using testing::RunningServer;
using testing::TestHandler;

const std::string get_hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_later = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_stream = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
    return "POST " + path +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more + "\r\n" + body;
}

// Lets this process open no more than so many further descriptors, for as long as it lives.
class DescriptorsLeft {
  public:
    explicit DescriptorsLeft(rlim_t count) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const FileDescriptor lowest(::dup(STDERR_FILENO));
        rlimit lowered = before_;
        lowered.rlim_cur = static_cast<rlim_t>(lowest.get()) + count;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
    }
    ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorsLeft(const DescriptorsLeft&) = delete;
    DescriptorsLeft& operator=(const DescriptorsLeft&) = delete;

  private:
    rlimit before_{};
};

httplib::Client client_of(RunningServer& server) {
    httplib::Client client("127.0.0.1", server.port());
    client.set_tcp_nodelay(true);
    client.set_keep_alive(true);
    return client;
}

TEST_CASE("an independent client gets what the handler answered") {
    RunningServer server;
    auto client = client_of(server);
    auto answer = client.Get("/hello");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == TestHandler::hello_body);
    CHECK(answer->get_header_value("Content-Type") == "application/json");
    CHECK(answer->has_header("Date"));
    CHECK(answer->get_header_value("X-Request-Id").size() == 15);

    const std::string body(300'000, 'b');
    answer = client.Post("/echo", body, "application/json");
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->body == body);

    answer = client.Head("/hello");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.empty());
    CHECK(answer->get_header_value("Content-Length") == "17");

    answer = client.Get("/nope");
    REQUIRE(answer);
    CHECK(answer->status == 404);
    CHECK(answer->body == R"({"error":"not found"})");

    answer = client.Delete("/hello");
    REQUIRE(answer);
    CHECK(answer->status == 405);
    CHECK(answer->get_header_value("Allow") == "GET, HEAD");

    answer = client.Get("/big?bytes=20000000");
    REQUIRE(answer);
    CHECK(answer->body == std::string(20'000'000, 'x'));
    CHECK(server.connections() == 1);
}

TEST_CASE("a body that is too large is refused, and the client gets to see why") {
    RunningServer server;
    auto client = client_of(server);
    const auto answer = client.Post("/echo", std::string(5'000'000, 'b'), "text/plain");
    REQUIRE(answer);
    CHECK(answer->status == 413);
    CHECK(answer->body.find("larger than") != std::string::npos);
}

TEST_CASE("one connection serves a thousand requests") {
    RunningServer server;
    auto client = client_of(server);
    for (int i = 0; i < 1'000; ++i) {
        const auto answer = client.Get("/hello");
        REQUIRE(answer);
        REQUIRE(answer->body == TestHandler::hello_body);
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("a request id from outside is kept when it can stand in a log line") {
    RunningServer server;
    auto client = client_of(server);
    auto answer = client.Get("/hello", {{"X-Request-Id", "abc-1"}});
    REQUIRE(answer);
    CHECK(answer->get_header_value("X-Request-Id") == "abc-1");
    CHECK(server.thread.on_loop([&] { return server.handler.last_request_id; }) == "abc-1");
    answer = client.Get("/hello", {{"X-Request-Id", std::string(300, 'x')}});
    REQUIRE(answer);
    CHECK(answer->get_header_value("X-Request-Id").size() == 15);
}

TEST_CASE("ten thousand pipelined requests are answered in order") {
    RunningServer server;
    RawSocket socket = server.connect();
    std::string requests;
    for (int i = 0; i < 10'000; ++i) requests += post("/echo", std::to_string(i));
    std::thread sender([&] { socket.send(requests); });
    bool in_order = true;
    for (int i = 0; i < 10'000; ++i) {
        in_order = in_order && socket.read_message().body == std::to_string(i);
    }
    sender.join();
    CHECK(in_order);
}

TEST_CASE("pipelined requests that are answered later still come in order, one at a time") {
    RunningServer server;
    RawSocket socket = server.connect();
    std::string requests;
    for (int i = 0; i < 3'000; ++i) {
        requests += post(i % 3 == 0 ? "/echo" : "/soon", std::to_string(i));
    }
    std::thread sender([&] { socket.send(requests); });
    bool in_order = true;
    for (int i = 0; i < 3'000; ++i) {
        in_order = in_order && socket.read_message().body == std::to_string(i);
    }
    sender.join();
    CHECK(in_order);
}

TEST_CASE("a request may come in any pieces") {
    RunningServer server;
    const std::string request = post("/echo", R"({"a":1})");
    for (std::size_t i = 1; i < request.size(); ++i) {
        RawSocket socket = server.connect();
        socket.send(std::string_view(request).substr(0, i));
        server.connections();  // a turn of the loop between the pieces
        socket.send(std::string_view(request).substr(i));
        const auto answer = socket.read_message();
        CHECK(answer.status() == 201);
        CHECK(answer.body == R"({"a":1})");
    }
}

TEST_CASE("a client that has sent all and waits still gets its answers") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send(get_hello + get_later + get_hello);
    socket.finish_sending();
    CHECK(socket.read_message().body == TestHandler::hello_body);
    server.answer_later("late");
    CHECK(socket.read_message().body == "late");
    CHECK(socket.read_message().body == TestHandler::hello_body);
    CHECK(socket.ended());
    CHECK(server.wait_for_connections(0));
}

TEST_CASE("half a request and the end of it is no request") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhal");
    socket.finish_sending();
    CHECK(socket.ended());
    CHECK(server.thread.on_loop([&] { return server.handler.handled; }) == 0);
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer") {
    RunningServer server;
    struct Row {
        const char* request;
        bool closes;
        const char* header;
    };
    const Row rows[] = {
        {"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, "Connection: close"},
        {"GET /hello HTTP/1.0\r\n\r\n", true, "Connection: close"},
        {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false, "Connection: keep-alive"},
    };
    for (const auto& row : rows) {
        RawSocket socket = server.connect();
        socket.send(row.request);
        const auto answer = socket.read_message();
        CHECK(answer.body == TestHandler::hello_body);
        CHECK(answer.has(row.header));
        if (row.closes) {
            CHECK(socket.ended());
        } else {
            socket.send(get_hello);
            CHECK(socket.read_message().body == TestHandler::hello_body);
        }
    }
}

TEST_CASE("what follows a request that closes is not answered") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + get_hello);
    CHECK(socket.read_message().status() == 200);
    CHECK(socket.ended());
    CHECK(server.thread.on_loop([&] { return server.handler.handled; }) == 1);
}

TEST_CASE("100 Continue comes before the body, and not for one that is refused") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        "Content-Length: 4\r\n\r\n");
    CHECK(socket.read_through("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("body");
    CHECK(socket.read_message().body == "body");
    socket.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        "Content-Length: 99999999\r\n\r\n");
    CHECK(socket.read_message().status() == 413);
    CHECK(socket.ended());
}

TEST_CASE("what is no request is answered once, and the connection ends") {
    RunningServer server;
    for (const auto& [text, status] :
         {std::pair("nonsense\r\n\r\n", 400), std::pair("GET / HTTP/3\r\nHost: x\r\n\r\n", 505)}) {
        RawSocket socket = server.connect();
        socket.send(text);
        const auto answer = socket.read_message();
        CHECK(answer.status() == status);
        CHECK(answer.has("Connection: close"));
        CHECK(socket.ended());
    }
}

TEST_CASE("an error after a HEAD request has its body, and an id of its own") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("HEAD /hello HTTP/1.1\r\nHost: x\r\nX-Request-Id: first\r\n\r\n");
    CHECK(socket.read_message(true).has("X-Request-Id: first"));
    socket.send("nonsense\r\n\r\n");
    const auto answer = socket.read_message();
    CHECK(answer.body == R"({"error":"request line is malformed"})");
    CHECK_FALSE(answer.has("X-Request-Id: first"));
}

TEST_CASE("a client that does not read its answers holds up itself alone") {
    RunningServer server;
    RawSocket stuck = server.connect(4'096);
    std::string requests;
    for (int i = 0; i < 60; ++i) {
        requests += "GET /big?bytes=1000000 HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    stuck.send(requests);
    auto client = client_of(server);
    for (int i = 0; i < 100; ++i) REQUIRE(client.Get("/hello"));
    // What the system's buffers take, and one answer that waits for room in them.
    CHECK(server.thread.on_loop([&] { return server.handler.big_handled; }) < 20);
    // It reads after all: everything comes, in order.
    for (int i = 0; i < 60; ++i) REQUIRE(stuck.read_message().body.size() == 1'000'000);
    CHECK(server.thread.on_loop([&] { return server.handler.big_handled; }) == 60);
}

TEST_CASE("a client that sends without reading is not read for ever") {
    RunningServer server;
    RawSocket socket = server.connect();
    // /later is never answered, so what is sent behind it waits: first here, then at the client.
    socket.send(get_later);
    const std::string requests(1'000'000, '\n');
    std::thread sender([&] {
        try {
            for (int i = 0; i < 50; ++i) socket.send(requests);
        } catch (const std::exception&) {
            // It is not read any more; the reset ends it at last.
        }
    });
    REQUIRE(server.thread.wait_until([&] { return server.handler.waiting.size() == 1; }));
    auto client = client_of(server);
    REQUIRE(client.Get("/hello"));
    server.answer_later("late");
    CHECK(socket.read_message().body == "late");
    sender.join();
}

TEST_CASE("a connection that is reset in any state is forgotten") {
    RunningServer server;
    const std::vector<std::string> sent = {
        "",                                                              // before a request
        "POST /echo HTTP/1.1\r\nHost",                                   // within a head
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na",  // within a body
        get_later,                                                       // while it is handled
        get_stream,                                                      // in a stream
        "GET /big?bytes=50000000 HTTP/1.1\r\nHost: x\r\n\r\n",           // while it is answered
        "nonsense\r\n\r\n",                                              // while we linger
        get_hello,                                                       // after an answer
    };
    for (const auto& text : sent) {
        CAPTURE(text);
        RawSocket socket = server.connect(4'096);
        socket.send(text);
        REQUIRE(server.wait_for_connections(1));
        if (text == get_stream || text == get_hello) socket.read_through("\r\n\r\n");
        if (text == get_later) {
            REQUIRE(server.thread.wait_until([&] { return !server.handler.waiting.empty(); }));
        }
        if (text.find("big") != std::string::npos) socket.read_bytes(100'000);
        socket.reset();
        CHECK(server.wait_for_connections(0));
    }
    CHECK(server.thread.on_loop([&] { return server.handler.streams_gone; }) == 1);
    server.answer_later("nobody is there to read it");
    auto client = client_of(server);
    CHECK(client.Get("/hello"));
}

TEST_CASE("a stream passes on each piece at once, until either side ends it") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send(get_stream + get_hello);  // what follows a stream's request is never looked at
    const std::string head = socket.read_through("\r\n\r\n");
    CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    for (const std::string text : {"one", "two", "three"}) {
        server.thread.on_loop(
            [&] { server.handler.sinks[0]->write(std::make_shared<const std::string>(text)); });
        CHECK(socket.read_bytes(text.size()) == text);
    }
    server.thread.on_loop([&] { server.handler.sinks[0]->close(); });
    CHECK(socket.ended());
    socket.close();
    CHECK(server.wait_for_connections(0));
    CHECK(server.thread.on_loop([&] { return server.handler.streams_gone; }) == 1);
    // What is written or closed later finds nobody.
    server.thread.on_loop([&] {
        server.handler.sinks[0]->write(std::make_shared<const std::string>("late"));
        server.handler.sinks[0]->close(true);
    });
    CHECK(server.thread.on_loop([&] { return server.handler.streams_gone; }) == 1);
}

TEST_CASE("a stream that has an end comes in chunks, and the connection goes on after it") {
    RunningServer server;
    RawSocket socket = server.connect();
    const std::string get_pieces = "GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n";
    socket.send(get_pieces + get_hello);
    const std::string head = socket.read_through("\r\n\r\n");
    CHECK(head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(head.find("Connection: close") == std::string::npos);
    REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    server.thread.on_loop([&] {
        auto& sink = *server.handler.sinks[0];
        sink.write(std::make_shared<const std::string>("seventeen letters"));
        sink.write(std::make_shared<const std::string>(""));  // which would be the end
        sink.write(std::make_shared<const std::string>("x"));
    });
    CHECK(socket.read_bytes(29) == "11\r\nseventeen letters\r\n1\r\nx\r\n");
    server.thread.on_loop([&] {
        server.handler.sinks[0]->close();
        server.handler.sinks[0]->write(std::make_shared<const std::string>("late"));
    });
    CHECK(socket.read_through("0\r\n\r\n") == "0\r\n\r\n");
    CHECK(socket.read_message().body == TestHandler::hello_body);
    CHECK(server.thread.on_loop([&] { return server.handler.streams_gone; }) == 1);
}

TEST_CASE("a stream that has an end ends with its connection where chunks are not known") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(socket.read_through("\r\n\r\n").find("Connection: close") != std::string::npos);
    REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    server.thread.on_loop([&] {
        server.handler.sinks[0]->write(std::make_shared<const std::string>("text"));
        server.handler.sinks[0]->close();
    });
    CHECK(socket.read_to_end() == "text");
}

TEST_CASE("a stream with an end that is broken off is not ended") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.read_through("\r\n\r\n");
    REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    server.thread.on_loop([&] {
        server.handler.sinks[0]->write(std::make_shared<const std::string>("text"));
        server.handler.sinks[0]->close(true);
    });
    CHECK(socket.read_to_end() == "4\r\ntext\r\n");
}

TEST_CASE("answers to requests that came together leave together, however long they are") {
    RunningServer server;
    RawSocket socket = server.connect();
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += "GET /big?bytes=" + std::to_string(i * 2'000) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    socket.send(requests + get_hello);
    for (std::size_t i = 0; i < 50; ++i) CHECK(socket.read_message().body.size() == i * 2'000);
    CHECK(socket.read_message().body == TestHandler::hello_body);
}

TEST_CASE("a stream's reader that falls behind is told of, and told of again when it is back") {
    RunningServer server;
    RawSocket socket = server.connect(4'096);
    socket.send(get_stream);
    socket.read_through("\r\n\r\n");
    REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    int drained = 0;
    server.thread.on_loop([&] {
        auto& sink = *server.handler.sinks[0];
        sink.on_drain([&] {
            ++drained;
            if (drained < 3) {  // a writer goes on from within the call
                sink.write(std::make_shared<const std::string>(std::string(20'000'000, 'y')));
            }
        });
        sink.write(std::make_shared<const std::string>(std::string(20'000'000, 'x')));
        CHECK(sink.queued_bytes() > 0);
    });
    CHECK(socket.read_bytes(60'000'000).size() == 60'000'000);
    CHECK(server.thread.wait_until([&] { return drained == 3; }));
    CHECK(server.thread.on_loop([&] { return server.handler.sinks[0]->queued_bytes(); }) == 0);
}

TEST_CASE("HEAD of a stream is its head alone") {
    RunningServer server;
    RawSocket socket = server.connect();
    socket.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(socket.read_message(true).has("text/event-stream"));
    CHECK(socket.ended());
    CHECK(server.thread.on_loop([&] { return server.handler.sinks.empty(); }));
}

TEST_CASE("a thousand idle connections cost nobody anything") {
    RunningServer server;
    std::vector<RawSocket> idle;
    for (int i = 0; i < 400; ++i) idle.push_back(server.connect());
    for (int i = 0; i < 300; ++i) {
        idle.push_back(server.connect());
        idle.back().send("GET /hel");
    }
    for (int i = 0; i < 300; ++i) {
        idle.push_back(server.connect());
        idle.back().send(get_stream);
    }
    REQUIRE(server.wait_for_connections(1'000));
    auto client = client_of(server);
    for (int i = 0; i < 200; ++i) REQUIRE(client.Get("/hello"));
    CHECK(server.connections() == 1'001);
    idle.clear();
    CHECK(server.wait_for_connections(1));
}

TEST_CASE("above the cap a connection is told 503 and closed") {
    HTTPServer::Options options;
    options.max_connections = 3;
    RunningServer server(options);
    std::vector<RawSocket> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(server.connect());
        held.back().send(get_hello);
        CHECK(held.back().read_message().status() == 200);
    }
    {
        RawSocket refused = server.connect();
        const auto answer = refused.read_message();
        CHECK(answer.status() == 503);
        CHECK(answer.has("Retry-After: 1"));
        CHECK(refused.ended());
    }
    held.pop_back();
    REQUIRE(server.wait_for_connections(2));
    RawSocket taken = server.connect();
    taken.send(get_hello);
    CHECK(taken.read_message().status() == 200);
}

// Sanitizers need descriptors of their own, and take the lack of them for a fault.
#ifdef GAVEL_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

TEST_CASE("without file descriptors nobody new is taken, and the first that comes free is used" *
          doctest::skip(sanitized)) {
    RunningServer server;
    RawSocket held = server.connect();
    RawSocket leaving = server.connect();
    for (RawSocket* socket : {&held, &leaving}) {
        socket->send(get_hello);
        CHECK(socket->read_message().status() == 200);
    }
    const DescriptorsLeft one(1);  // for this end of the next connection, none for the server's
    RawSocket waiting = server.connect();
    waiting.send(get_hello);
    // Those that are there are served meanwhile, for longer than one pause.
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(waiting.readable_within_ms(limits::accept_pause_ms / 2));
        held.send(get_hello);
        CHECK(held.read_message().status() == 200);
    }
    CHECK(server.connections() == 2);
    leaving.close();
    CHECK(waiting.read_message().status() == 200);
}

TEST_CASE("shutting down answers what is under way and takes nothing new") {
    RunningServer server;
    RawSocket idle = server.connect();
    idle.send(get_hello);
    idle.read_message();
    RawSocket working = server.connect();
    working.send(get_later);
    RawSocket reading = server.connect(4'096);
    reading.send("GET /big?bytes=20000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    RawSocket streaming = server.connect();
    streaming.send(get_stream);
    streaming.read_through("\r\n\r\n");
    REQUIRE(server.thread.wait_until(
        [&] { return server.handler.waiting.size() == 1 && server.handler.big_handled == 1; }));
    const auto port = server.port();
    server.thread.on_loop([&] { server.server().shut_down(); });
    CHECK(idle.ended());
    CHECK(streaming.ended());
    CHECK_THROWS(RawSocket::connect(port));
    server.answer_later("the last");
    const auto answer = working.read_message();
    CHECK(answer.body == "the last");
    CHECK(answer.has("Connection: close"));
    CHECK(working.ended());
    CHECK(reading.read_message().body.size() == 20'000'000);
    CHECK(reading.ended());
}

TEST_CASE("a port that is taken is named, with what to do") {
    RunningServer server;
    HTTPServer::Options options;
    options.port = server.port();
    try {
        const RunningServer second(options);
        FAIL("the port is taken");
    } catch (const std::runtime_error& error) {
        const std::string reason = error.what();
        CHECK(reason.find("127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
        CHECK(reason.find("choose another port") != std::string::npos);
    }
    options.address = "no such address";
    CHECK_THROWS_WITH(RunningServer{options}, doctest::Contains("BIND_ADDRESS"));
}

}  // namespace
}  // namespace gavel
