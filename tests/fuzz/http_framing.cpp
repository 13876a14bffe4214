// Any bytes from a client: the request parser takes them in pieces of any size alike, and a
// connection answers every request among them exactly once, in order, and then ends.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/http_connection.h"
#include "common/http/json_request_handler.h"
#include "common/http/request_parser.h"
#include "common/http/response_parser.h"
#include "common/limits.h"
#include "common/runtime/event_loop.h"
#include "tests/fuzz/require.h"

namespace gavel::fuzz {
namespace {

constexpr std::size_t max_input_bytes = 16 * 1024;  // what a connection reads at once
constexpr std::int64_t patience_us = 20'000'000;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

struct Framed {
    struct Request {
        std::string method;
        std::string target;
        std::string body;
        Headers headers;
        bool keep_alive = true;

        bool operator==(const Request& other) const {
            return method == other.method && target == other.target && body == other.body &&
                   keep_alive == other.keep_alive &&
                   std::equal(headers.begin(), headers.end(), other.headers.begin(),
                              other.headers.end());
        }
    };
    std::vector<Request> requests;
    int error_status = 0;  // 0: no error so far
    // The last request is not whole, and its client waits for "100 Continue" before it goes on.
    bool expects_to_go_on = false;
};

// Which of several things that are wrong is told may depend on which was seen first.
bool alike(const Framed& one, const Framed& other) {
    return one.requests == other.requests && (one.error_status != 0) == (other.error_status != 0);
}

// Up to the first error, or the request after which the connection ends.
Framed frame(std::string_view bytes, std::size_t piece_bytes) {
    Framed framed;
    RequestParser parser;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, piece_bytes);
        const std::size_t taken = parser.feed(piece);
        require(taken <= piece.size(), "a parser takes no more than it is given");
        bytes.remove_prefix(taken);
        if (parser.state() == RequestParser::State::failed) {
            framed.expects_to_go_on = false;
            framed.error_status = parser.error().status;
            require(framed.error_status >= 400 && framed.error_status < 600,
                    "an error has a status for the client");
            return framed;
        }
        if (parser.state() == RequestParser::State::body && parser.take_expectation()) {
            framed.expects_to_go_on = true;
        }
        if (parser.state() != RequestParser::State::complete) {
            require(taken == piece.size(), "a parser that wants more takes everything");
            continue;
        }
        framed.expects_to_go_on = false;
        const bool keep_alive = parser.keep_alive();
        const JSONRequest request = parser.take();
        require(request.target().size() <= limits::max_target_bytes, "targets are limited");
        require(request.body().size() <= limits::max_body_bytes, "bodies are limited");
        framed.requests.push_back(
            {request.method(), request.target(), request.body(), request.headers(), keep_alive});
        if (!keep_alive) return framed;
    }
    return framed;
}

// Answers at once or later, with what a client might smuggle something in.
class EchoHandler : public JSONRequestHandler {
  public:
    explicit EchoHandler(EventLoop& loop) : JSONRequestHandler("fuzz"), loop_(loop) {
        route("GET", "/now", &EchoHandler::now);
        route("POST", "/now", &EchoHandler::now);
        route("POST", "/later/<id>", &EchoHandler::later);
    }

  private:
    Response now(const JSONRequest& request) {
        Response response = JSONResponse::rendered(200, R"({"ok":true})");
        response.headers.set("X-Echo", std::string(request.header("X-Echo").value_or("")));
        if (!request.body().empty()) static_cast<void>(request.object());  // may throw: 400
        return response;
    }
    void later(const JSONRequest& request, const Responder& respond) {
        loop_.post([respond, id = std::string(request.path_parameter("id"))] {
            Response response = JSONResponse::rendered(200, R"({"ok":true})");
            response.headers.set("X-Id", id);
            respond(std::move(response));
        });
    }

    EventLoop& loop_;
};

// Sends everything at once, says that nothing more comes, and reads until the server closes.
class Client : public IOHandler {
  public:
    Client(EventLoop& loop, FileDescriptor socket, std::string_view bytes)
        : loop_(loop), socket_(std::move(socket)) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        require(sent == static_cast<ssize_t>(bytes.size()), "the socket takes the input");
        ::shutdown(socket_.get(), SHUT_WR);
        loop_.watch(socket_.get(), EPOLLIN, *this);
    }

    void on_io(std::uint32_t) override {
        std::array<char, 16 * 1024> buffer;
        const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0) {
            received_.append(buffer.data(), static_cast<std::size_t>(got));
            return;
        }
        loop_.unwatch(socket_.get());
        loop_.stop();
    }

    const std::string& received() const { return received_; }

  private:
    EventLoop& loop_;
    FileDescriptor socket_;
    std::string received_;
};

std::string answers_to(std::string_view bytes) {
    std::array<int, 2> sockets{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()) == 0,
            "there are sockets");
    EventLoop loop;
    const EchoHandler handler(loop);
    Client client(loop, FileDescriptor(sockets[0]), bytes);
    StreamSends stream_sends(loop);
    auto connection = std::make_shared<HTTPConnection>(
        loop, handler, stream_sends, FileDescriptor(sockets[1]), [](HTTPConnection&) {});
    connection->start();
    loop.call_at(loop.now_us() + patience_us,
                 [] { require(false, "a connection ends when its client has sent everything"); });
    loop.run();
    return client.received();
}

void check_answers(const Framed& framed, std::string_view answers) {
    for (const auto& request : framed.requests) {
        ResponseParser parser(request.method == "HEAD");
        answers.remove_prefix(parser.feed(answers));
        require(parser.state() == ResponseParser::State::complete, "every request is answered");
        require(parser.status() != 500, "no request makes an internal error");
        require(!parser.headers().find("X-Smuggled"), "no header is smuggled into an answer");
    }
    if (framed.error_status != 0) {
        ResponseParser parser;
        answers.remove_prefix(parser.feed(answers));
        require(parser.state() == ResponseParser::State::complete, "what is refused is told so");
        require(parser.status() == framed.error_status, "the status tells what is wrong");
        require(!parser.keep_alive(), "after an error the connection ends");
    }
    if (framed.expects_to_go_on) {
        require(answers.starts_with(go_on), "who waits to be told to go on is told so");
        answers.remove_prefix(go_on.size());
    }
    require(answers.empty(), "nothing but requests is answered");
}

}  // namespace
}  // namespace gavel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gavel::fuzz;
    const std::string_view bytes(reinterpret_cast<const char*>(data),
                                 std::min(size, max_input_bytes));
    const Framed whole = frame(bytes, max_input_bytes);
    for (const std::size_t piece_bytes : {std::size_t{1}, 1 + size % 61}) {
        require(alike(frame(bytes, piece_bytes), whole), "pieces make no difference");
    }
    check_answers(whole, answers_to(bytes));
    return 0;
}
