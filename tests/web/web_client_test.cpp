#include "common/web/web_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <string>
#include <thread>

#include "common/runtime/file_descriptor.h"

namespace gavel {
namespace {

// Listens on a port of this machine, and answers one connection with a function of its own.
class OneServer {
  public:
    using Serve = std::function<void(int socket)>;

    explicit OneServer(Serve serve) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_.get(), any, size) == 0);
        REQUIRE(::listen(listener_.get(), 4) == 0);
        REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, serve = std::move(serve)] {
            const FileDescriptor client(::accept(listener_.get(), nullptr, nullptr));
            if (client.valid()) serve(client.get());
        });
    }
    ~OneServer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    OneServer(const OneServer&) = delete;
    OneServer& operator=(const OneServer&) = delete;

    WebPost post(bool https = false) const {
        WebPost post;
        post.url = WebURL::parse((https ? "https" : "http") + std::string("://127.0.0.1:") +
                                 std::to_string(port_) + "/hook?k=1");
        post.headers = {{"webhook-id", "msg_1"}, {"bad\r\nname", "x"}};
        post.body = "{}";
        post.time_limit_ms = 5'000;
        post.allow_private = true;
        return post;
    }

  private:
    FileDescriptor listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

std::string receive(int socket) {
    std::array<char, 4096> buffer;
    const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

void send_text(int socket, const std::string& text) {
    static_cast<void>(::send(socket, text.data(), text.size(), MSG_NOSIGNAL));
}

WebAnswer call(const WebPost& post) {
    const std::atomic<bool> cancelled = false;
    return WebClient().post(post, cancelled);
}

using Failure = WebAnswer::Failure;

TEST_CASE("a call tells the status, and sends what it was given") {
    std::string request;
    {
        const OneServer server([&](int socket) {
            request = receive(socket);
            send_text(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        });
        const auto answer = call(server.post());
        CHECK(answer.failure == Failure::none);
        CHECK(answer.status == 204);
    }
    CHECK(request.starts_with("POST /hook?k=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
    CHECK(request.find("\r\nContent-Length: 2\r\n") != std::string::npos);
    CHECK(request.find("\r\nwebhook-id: msg_1\r\n") != std::string::npos);
    CHECK(request.find("bad") == std::string::npos);
    CHECK(request.ends_with("\r\n\r\n{}"));
}

TEST_CASE("a redirect is an answer like any other: nothing is followed") {
    const OneServer server([](int socket) {
        receive(socket);
        send_text(socket, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
    });
    CHECK(call(server.post()).status == 302);
}

TEST_CASE("an address in a private network is not called unless that is allowed") {
    const OneServer server([](int) {});
    WebPost post = server.post();
    post.allow_private = false;
    CHECK(call(post).failure == Failure::private_address);
    // By its address, whatever name led to it.
    post.url.host = "localhost";
    CHECK(call(post).failure == Failure::private_address);
}

TEST_CASE(
    "an answer that never ends is given up when the time is over, however steadily it comes") {
    const OneServer server([](int socket) {
        receive(socket);
        const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
        while (::send(socket, interim.data(), interim.size(), MSG_NOSIGNAL) > 0) {
        }
    });
    WebPost post = server.post();
    post.time_limit_ms = 100;
    CHECK(call(post).failure == Failure::timed_out);
}

TEST_CASE("a head without end is no answer") {
    const OneServer server([](int socket) {
        receive(socket);
        send_text(socket, "HTTP/1.1 200 OK\r\n");
        while (::send(socket, "X", 1, MSG_NOSIGNAL) == 1) {
        }
    });
    CHECK(call(server.post()).failure == Failure::broken);
}

TEST_CASE("a server that says nothing is given up when the time is over") {
    const OneServer server([](int socket) {
        while (!receive(socket).empty()) {
        }
    });
    WebPost post = server.post();
    post.time_limit_ms = 50;
    CHECK(call(post).failure == Failure::timed_out);
    // In the middle of TLS, too.
    const OneServer silent([](int socket) {
        while (!receive(socket).empty()) {
        }
    });
    post = silent.post(true);
    post.time_limit_ms = 50;
    CHECK(call(post).failure == Failure::timed_out);
}

TEST_CASE("a call that is cancelled ends soon") {
    const OneServer server([](int socket) {
        while (!receive(socket).empty()) {
        }
    });
    const std::atomic<bool> cancelled = true;
    CHECK(WebClient().post(server.post(), cancelled).failure == Failure::cancelled);
}

TEST_CASE("what is no answer is a failure") {
    for (const char* text : {"", "HTTP/1.1 2", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 xx\r\n\r\n"}) {
        CAPTURE(text);
        const OneServer server([&](int socket) {
            receive(socket);
            send_text(socket, text);
        });
        CHECK(call(server.post()).failure == Failure::broken);
    }
}

TEST_CASE("a server that does not speak TLS is not trusted") {
    const OneServer server([](int socket) {
        receive(socket);
        send_text(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    CHECK(call(server.post(true)).failure == Failure::untrusted);
}

TEST_CASE("nobody there, and no such name") {
    WebPost post;
    post.allow_private = true;
    post.time_limit_ms = 5'000;
    post.url = WebURL::parse("http://127.0.0.1:1/");
    CHECK(call(post).failure == Failure::unreachable);
    post.url = WebURL::parse("http://a..b/");
    CHECK(call(post).failure == Failure::not_found);
}

}  // namespace
}  // namespace gavel
