#include "common/http/http_service_client.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/http/running_server.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using testing::RawServer;
using testing::RawSocket;
using testing::RunningServer;

// Where a passed-on stream ends up; its reader is as slow as the test says.
class RecordingSink : public StreamSink {
  public:
    void write(std::shared_ptr<const std::string> bytes) override { text += *bytes; }
    std::size_t queued_bytes() const override { return queued; }
    void close(bool discard) override {
        closed = true;
        discarded = discard;
    }
    void on_drain(std::function<void()> callback) override { drained = std::move(callback); }
    void on_close(std::function<void()> callback) override { gone = std::move(callback); }

    std::string text;
    std::size_t queued = 0;
    bool closed = false;
    bool discarded = false;
    std::function<void()> drained;
    std::function<void()> gone;
};

// A client on a loop of its own.
struct Calling {
    testing::LoopThread thread;
    testing::InlineExecutor resolver;
    std::unique_ptr<HTTPServiceClient> client;

    explicit Calling(const std::string& url) {
        thread.on_loop([&] {
            client = std::make_unique<HTTPServiceClient>(thread.loop(), resolver,
                                                         ServiceURL::parse(url));
        });
    }
    ~Calling() {
        thread.on_loop([&] { client = nullptr; });
    }

    std::future<ServiceResult> send(ServiceRequest request) {
        auto promise = std::make_shared<std::promise<ServiceResult>>();
        auto result = promise->get_future();
        thread.on_loop([&] {
            client->send(std::move(request), [promise](ServiceResult answered) {
                promise->set_value(std::move(answered));
            });
        });
        return result;
    }
};

ServiceRequest get(const std::string& target) {
    ServiceRequest request;
    request.method = "GET";
    request.target = target;
    request.repeatable = true;
    return request;
}

ServiceRequest post(const std::string& target, std::string body) {
    ServiceRequest request;
    request.method = "POST";
    request.target = target;
    request.body = std::move(body);
    return request;
}

ServiceResult wait_for(std::future<ServiceResult> result) {
    REQUIRE(result.wait_for(testing::patience) == std::future_status::ready);
    return result.get();
}

std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("what the service answers comes back, over one kept connection") {
    RunningServer server;
    Calling calling(server.url());
    for (int i = 0; i < 100; ++i) {
        const auto result = wait_for(calling.send(post("/echo", std::to_string(i))));
        REQUIRE(result.ok());
        CHECK(result.response.status == 201);
        CHECK(result.response.body == std::to_string(i));
    }
    CHECK(server.connections() == 1);
    CHECK(wait_for(calling.send(get("/nope"))).response.status == 404);
    auto head = get("/big?bytes=1000000");
    head.method = "HEAD";
    CHECK(wait_for(calling.send(head)).response.body.empty());
    CHECK(wait_for(calling.send(get("/big?bytes=30000000"))).response.body.size() == 30'000'000);
    CHECK(server.connections() == 1);
}

TEST_CASE("a thousand requests at once share the pool and are each answered with their own") {
    RunningServer server;
    Calling calling(server.url());
    std::vector<std::future<ServiceResult>> results;
    for (int i = 0; i < 1'000; ++i)
        results.push_back(calling.send(post("/soon", std::to_string(i))));
    for (int i = 0; i < 1'000; ++i) {
        const auto result = wait_for(std::move(results[static_cast<std::size_t>(i)]));
        REQUIRE(result.ok());
        CHECK(result.response.body == std::to_string(i));
    }
    CHECK(server.connections() <= limits::max_pooled_connections);
}

TEST_CASE("the request on the wire: our Host, length and id; headers that break a line stay out") {
    RawServer server;
    Calling calling(server.url());
    auto request = post("/a?b=c", "body");
    request.request_id = "r1";
    request.headers = {{"Idempotency-Key", "k"},       {"Host", "forged"},
                       {"content-length", "9"},        {"X-Request-Id", "forged"},
                       {"X-Evil", "a\r\nSmuggled: 1"}, {"Bad Name", "x"}};
    auto result = calling.send(request);
    RawSocket peer = server.accept();
    const auto message = peer.read_message();
    CHECK(message.first_line == "POST /a?b=c HTTP/1.1");
    CHECK(message.body == "body");
    CHECK(message.has("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    CHECK(message.has("\r\nX-Request-Id: r1\r\n"));
    CHECK(message.has("\r\nIdempotency-Key: k\r\n"));
    CHECK_FALSE(message.has("forged"));
    CHECK_FALSE(message.has("Smuggled"));
    CHECK_FALSE(message.has("Bad Name"));
    peer.send(ok("done"));
    CHECK(wait_for(std::move(result)).response.body == "done");
}

TEST_CASE("a service that is not there is unreachable") {
    std::uint16_t port = 0;
    {
        const RawServer server;
        port = server.port();
    }
    Calling calling("http://127.0.0.1:" + std::to_string(port));
    CHECK(wait_for(calling.send(get("/"))).failure == ServiceFailure::unreachable);
    Calling nameless("http://no-such-host.invalid:80");
    CHECK(wait_for(nameless.send(get("/"))).failure == ServiceFailure::unreachable);
}

TEST_CASE("a service that never answers has timed out") {
    RawServer server;
    Calling calling(server.url());
    auto request = get("/");
    request.timeout_ms = 50;
    auto result = calling.send(request);
    RawSocket peer = server.accept();
    CHECK(wait_for(std::move(result)).failure == ServiceFailure::timed_out);
    peer.read_through("\r\n\r\n");
    CHECK(peer.ended());  // an answer that comes now must not meet the next request
}

TEST_CASE("an answer of which only a part comes is lost, or timed out") {
    RawServer server;
    Calling calling(server.url());
    for (const std::string part :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
        CAPTURE(part);
        auto result = calling.send(post("/", "x"));
        RawSocket peer = server.accept();
        peer.read_message();
        peer.send(part);
        peer.close();
        CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
    }
    auto request = post("/", "x");
    request.timeout_ms = 50;
    auto result = calling.send(request);
    RawSocket peer = server.accept();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    CHECK(wait_for(std::move(result)).failure == ServiceFailure::timed_out);
}

TEST_CASE("what is no answer is lost, and its connection is not used again") {
    RawServer server;
    Calling calling(server.url());
    auto result = calling.send(get("/"));
    RawSocket peer = server.accept();
    peer.read_message();
    peer.send("SSH-2.0-OpenSSH\r\n\r\n");
    CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
    CHECK(peer.ended());
}

TEST_CASE("an answer may come before the whole request has gone, and after 100 Continue") {
    RawServer server;
    Calling calling(server.url());
    auto result = calling.send(post("/", std::string(limits::max_body_bytes, 'x')));
    RawSocket peer = server.accept();
    peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    CHECK(wait_for(std::move(result)).response.status == 413);
}

TEST_CASE("bytes behind an answer are dropped with their connection") {
    RawServer server;
    Calling calling(server.url());
    auto first = calling.send(get("/1"));
    RawSocket peer = server.accept();
    peer.read_message();
    peer.send(ok("first") + ok("unasked"));
    CHECK(wait_for(std::move(first)).response.body == "first");
    CHECK(peer.ended());
    auto second = calling.send(get("/2"));
    RawSocket next = server.accept();
    next.read_message();
    next.send(ok("second"));
    CHECK(wait_for(std::move(second)).response.body == "second");
}

TEST_CASE("an answer that ends with its connection is whole") {
    RawServer server;
    Calling calling(server.url());
    auto result = calling.send(get("/"));
    RawSocket peer = server.accept();
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
    peer.close();
    CHECK(wait_for(std::move(result)).response.body == "all of it");
}

// Makes one kept connection, and ends it the moment the next request has come.
RawSocket keep_one(Calling& calling, RawServer& server) {
    auto first = calling.send(get("/first"));
    RawSocket peer = server.accept();
    peer.read_message();
    peer.send(ok("first"));
    CHECK(wait_for(std::move(first)).ok());
    return peer;
}

TEST_CASE("a kept connection that the service closed is noticed, and a new one made") {
    RawServer server;
    Calling calling(server.url());
    RawSocket peer = keep_one(calling, server);
    peer.close();
    auto result = calling.send(post("/", "x"));
    // The end may come before or after the request goes out; only the first may be sent again.
    if (!server.pending(2'000)) {
        CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
        return;
    }
    RawSocket next = server.accept();
    next.read_message();
    next.send(ok("second"));
    CHECK(wait_for(std::move(result)).response.body == "second");
}

TEST_CASE("what may have taken effect is sent again only when it is repeatable") {
    SUBCASE("a POST without a key is not") {
        RawServer server;
        Calling calling(server.url());
        RawSocket peer = keep_one(calling, server);
        auto result = calling.send(post("/", "x"));
        peer.read_message();
        peer.close();
        CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
        CHECK_FALSE(server.pending());
    }
    SUBCASE("one that is repeatable is, over a new connection") {
        RawServer server;
        Calling calling(server.url());
        RawSocket peer = keep_one(calling, server);
        auto request = post("/", "x");
        request.repeatable = true;
        auto result = calling.send(request);
        CHECK(peer.read_message().head.find("Gavel-Repeat") == std::string::npos);
        peer.reset();
        RawSocket next = server.accept();
        const auto again = next.read_message();
        CHECK(again.body == "x");
        CHECK(again.head.find("\r\nGavel-Repeat: 1\r\n") != std::string::npos);
        next.send(ok("second"));
        CHECK(wait_for(std::move(result)).response.body == "second");
    }
    SUBCASE("a second one that is not let in does not unsay the first") {
        RawServer server;
        Calling calling(server.url());
        RawSocket peer = keep_one(calling, server);
        auto result = calling.send(get("/"));
        peer.read_message();
        server.stop();
        peer.close();
        CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
        CHECK(wait_for(calling.send(get("/"))).failure == ServiceFailure::unreachable);
    }
    SUBCASE("but once: not when it was a new connection that ended") {
        RawServer server;
        Calling calling(server.url());
        RawSocket peer = keep_one(calling, server);
        auto result = calling.send(get("/"));
        peer.read_message();
        peer.close();
        RawSocket next = server.accept();
        next.read_message();
        next.close();
        CHECK(wait_for(std::move(result)).failure == ServiceFailure::lost);
        CHECK_FALSE(server.pending());
    }
}

TEST_CASE("when a service starts again, no kept connection of before costs a repeatable request") {
    RawServer server;
    Calling calling(server.url());
    std::vector<std::future<ServiceResult>> results;
    std::vector<RawSocket> peers;
    for (int i = 0; i < 5; ++i) {
        results.push_back(calling.send(get("/")));
        peers.push_back(server.accept());
    }
    for (auto& peer : peers) {
        peer.read_message();
        peer.send(ok("x"));
    }
    for (auto& result : results) CHECK(wait_for(std::move(result)).ok());
    auto result = calling.send(get("/again"));
    for (auto& peer : peers) peer.reset();
    RawSocket next = server.accept();
    next.read_message();
    next.send(ok("again"));
    CHECK(wait_for(std::move(result)).response.body == "again");
}

TEST_CASE("too much is refused before anything is sent") {
    RawServer server;
    Calling calling(server.url());
    CHECK(wait_for(calling.send(post("/", std::string(limits::max_body_bytes + 1, 'x')))).failure ==
          ServiceFailure::too_large);
    CHECK(wait_for(calling.send(get("/" + std::string(limits::max_target_bytes, 'x')))).failure ==
          ServiceFailure::too_large);
    CHECK_FALSE(server.pending());
}

TEST_CASE("requests beyond the pool wait; beyond the queue they are refused") {
    RunningServer server;
    Calling calling(server.url());
    int overloaded = 0;
    int answered = 0;
    const auto most = limits::max_pooled_connections + limits::max_queued_requests;
    calling.thread.on_loop([&] {
        const auto count = [&](const ServiceResult& result) {
            overloaded += result.failure == ServiceFailure::overloaded;
            answered += result.ok();
        };
        calling.client->send(get("/hello"), count);
    });
    REQUIRE(calling.thread.wait_until([&] { return answered == 1; }));  // its name is known
    calling.thread.on_loop([&] {
        for (std::size_t i = 0; i < most + 10; ++i) {
            calling.client->send(get("/hello"), [&](const ServiceResult& result) {
                overloaded += result.failure == ServiceFailure::overloaded;
                answered += result.ok();
            });
        }
    });
    CHECK(calling.thread.on_loop([&] { return overloaded; }) == 10);
    CHECK(calling.thread.wait_until([&] { return answered == static_cast<int>(most) + 1; }));
}

struct Streaming {
    RunningServer server;
    Calling calling{server.url()};
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    std::optional<ServiceResult> begun;

    explicit Streaming(const std::string& target = "/stream") {
        begun = wait_for(calling.send(get(target)));
        REQUIRE(begun->ok());
        REQUIRE(begun->response.stream);
        REQUIRE(server.thread.wait_until([&] { return server.handler.sinks.size() == 1; }));
    }
    ~Streaming() {
        calling.thread.on_loop([&] { begun.reset(); });
    }
    void start() {
        calling.thread.on_loop([&] {
            const auto begin = std::exchange(begun->response.stream, nullptr);
            begin(sink);
        });
    }
    void write(const std::string& text) {
        server.thread.on_loop(
            [&] { server.handler.sinks[0]->write(std::make_shared<const std::string>(text)); });
    }
    bool received(std::size_t bytes) {
        return calling.thread.wait_until([&] { return sink->text.size() == bytes; });
    }
};

TEST_CASE("a stream is handed over with its head, and passes on each piece") {
    Streaming s;
    CHECK(s.begun->response.headers.find("Content-Type")->starts_with("text/event-stream"));
    s.write("before");
    s.start();
    CHECK(s.received(6));
    s.write(" and after");
    CHECK(s.received(16));
    CHECK(s.sink->text == "before and after");
    s.server.thread.on_loop([&] { s.server.handler.sinks[0]->close(); });
    CHECK(s.calling.thread.wait_until([&] { return s.sink->closed; }));
}

TEST_CASE("lines that are still being made are handed over as they come, up to their end") {
    for (const bool broken_off : {false, true}) {
        CAPTURE(broken_off);
        Streaming s("/pieces?type=application/jsonl");
        CHECK(s.begun->response.has_end);
        s.start();
        s.write("1\n2\n");
        CHECK(s.received(4));
        s.server.thread.on_loop([&] { s.server.handler.sinks[0]->close(broken_off); });
        CHECK(s.calling.thread.wait_until([&] { return s.sink->closed; }));
        CHECK(s.sink->discarded == broken_off);
        CHECK(s.sink->text == "1\n2\n");
    }
}

TEST_CASE("a stream is read no faster than its reader takes it") {
    Streaming s;
    s.calling.thread.on_loop([&] { s.sink->queued = limits::max_proxied_queue_bytes + 1; });
    s.start();
    s.write(std::string(50'000'000, 'x'));
    // The reader stands still: what was on its way fills the buffers, the rest waits upstream.
    CHECK(s.server.thread.on_loop([&] { return s.server.handler.sinks[0]->queued_bytes(); }) >
          20'000'000);
    CHECK(s.calling.thread.on_loop([&] { return s.sink->text.size(); }) < 1'000'000);
    s.calling.thread.on_loop([&] {
        s.sink->queued = 0;
        s.sink->drained();
    });
    CHECK(s.received(50'000'000));
}

TEST_CASE("a stream whose reader has gone is closed upstream") {
    Streaming s;
    s.start();
    s.calling.thread.on_loop([&] { s.sink->gone(); });
    CHECK(s.server.thread.wait_until([&] { return s.server.handler.streams_gone == 1; }));
}

TEST_CASE("a stream that nobody starts is closed upstream") {
    Streaming s;
    s.calling.thread.on_loop([&] { s.begun->response.stream = nullptr; });
    CHECK(s.server.thread.wait_until([&] { return s.server.handler.streams_gone == 1; }));
}

TEST_CASE("streams take no place in the pool that other requests need") {
    RunningServer server;
    Calling calling(server.url());
    std::vector<ServiceResult> streams;
    for (std::size_t i = 0; i < limits::max_pooled_connections + 10; ++i) {
        streams.push_back(wait_for(calling.send(get("/stream"))));
        REQUIRE(streams.back().ok());
    }
    CHECK(wait_for(calling.send(get("/hello"))).ok());
    calling.thread.on_loop([&] { streams.clear(); });
    CHECK(server.wait_for_connections(1));
}

TEST_CASE("a stream through two servers ends when its reader resets in the middle of a piece") {
    RunningServer upstream;
    Calling calling(upstream.url());
    auto begun = std::make_shared<ServiceResult>(wait_for(calling.send(get("/stream"))));
    REQUIRE(upstream.thread.wait_until([&] { return upstream.handler.sinks.size() == 1; }));

    // A second server on the client's loop passes the stream on, as the frontend does.
    class PassOn : public JSONRequestHandler {
      public:
        explicit PassOn(std::shared_ptr<ServiceResult> begun)
            : JSONRequestHandler("pass"), begun_(std::move(begun)) {
            route("GET", "/", &PassOn::pass);
        }

      private:
        Response pass(const JSONRequest&) { return std::move(begun_->response); }
        std::shared_ptr<ServiceResult> begun_;
    };
    PassOn handler(begun);
    std::unique_ptr<HTTPServer> server;
    calling.thread.on_loop([&] {
        server =
            std::make_unique<HTTPServer>(calling.thread.loop(), handler, HTTPServer::Options{});
    });
    RawSocket reader = RawSocket::connect(server->port(), 4'096);
    reader.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    reader.read_through("\r\n\r\n");
    upstream.thread.on_loop([&] {
        const auto piece = std::make_shared<const std::string>(std::string(1'000'000, 'x'));
        for (int i = 0; i < 20; ++i) upstream.handler.sinks[0]->write(piece);
    });
    reader.read_bytes(100'000);
    reader.reset();
    CHECK(upstream.thread.wait_until([&] { return upstream.handler.streams_gone == 1; }));
    calling.thread.on_loop([&] { server = nullptr; });
}

TEST_CASE("a client that goes while requests are under way calls nobody, not even at time-out") {
    RawServer server;
    testing::LoopThread thread;
    testing::InlineExecutor resolver;
    int called = 0;
    thread.on_loop([&] {
        auto client = std::make_unique<HTTPServiceClient>(thread.loop(), resolver,
                                                          ServiceURL::parse(server.url()));
        auto request = get("/");
        request.timeout_ms = 1;
        client->send(request, [&](const ServiceResult&) { ++called; });
        thread.loop().post([&called, moved = std::shared_ptr(std::move(client))]() mutable {
            moved->send(get("/2"), [&called](const ServiceResult&) { ++called; });
            moved = nullptr;
        });
    });
    bool late = false;
    thread.on_loop([&] { thread.loop().call_after_ms(5, [&] { late = true; }); });
    CHECK(thread.wait_until([&] { return late; }));
    CHECK(called == 0);
}

}  // namespace
}  // namespace gavel
