#pragma once

#include <memory>
#include <string>

#include "common/http/http_server.h"
#include "tests/http/loop_thread.h"
#include "tests/http/raw_socket.h"
#include "tests/http/test_handler.h"

namespace gavel::testing {

// An HTTPServer with a TestHandler on a loop of its own.
class RunningServer {
  public:
    explicit RunningServer(HTTPServer::Options options = {}) {
        handler.post = [this](Task task) { thread.loop().post(std::move(task)); };
        thread.on_loop(
            [&] { server_ = std::make_unique<HTTPServer>(thread.loop(), handler, options); });
    }
    ~RunningServer() {
        thread.on_loop([&] {
            server_ = nullptr;
            handler.sinks.clear();
            handler.waiting.clear();
        });
    }

    std::uint16_t port() { return server_->port(); }
    std::string url() { return "http://127.0.0.1:" + std::to_string(port()); }
    RawSocket connect(int receive_buffer_bytes = 0) {
        return RawSocket::connect(port(), receive_buffer_bytes);
    }
    HTTPServer& server() { return *server_; }
    std::size_t connections() {
        return thread.on_loop([&] { return server_->connection_count(); });
    }
    bool wait_for_connections(std::size_t count) {
        return thread.wait_until([&] { return server_->connection_count() == count; });
    }
    // Answers the oldest request for /later.
    void answer_later(const std::string& body) {
        REQUIRE(thread.wait_until([&] { return !handler.waiting.empty(); }));
        thread.on_loop([&] {
            const Responder respond = handler.waiting.front();
            handler.waiting.pop_front();
            respond(JSONResponse::rendered(200, body));
        });
    }

    TestHandler handler;
    LoopThread thread;  // before what lives on it goes, and after it is made

  private:
    std::unique_ptr<HTTPServer> server_;
};

}  // namespace gavel::testing
