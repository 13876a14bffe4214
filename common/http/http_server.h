#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/http/http_connection.h"
#include "common/http/json_request_handler.h"
#include "common/http/stream_sends.h"
#include "common/limits.h"
#include "common/runtime/event_loop.h"

namespace gavel {

// Listens on one port and has a handler answer. Everything runs on the loop's thread, so a
// connection costs memory and nothing else. Borrows loop and handler.
class HTTPServer : private IOHandler {
  public:
    struct Options {
        std::string address = "127.0.0.1";  // IPv4, IPv6 or a name
        std::uint16_t port = 0;             // 0: any free one
        std::size_t max_connections = limits::max_connections;
        ServiceEdge* edge = nullptr;  // borrowed; see HTTPConnection
    };

    // Throws std::runtime_error in a sentence when it cannot listen there.
    HTTPServer(EventLoop& loop, const JSONRequestHandler& handler, const Options& options);
    ~HTTPServer() override;
    HTTPServer(const HTTPServer&) = delete;
    HTTPServer& operator=(const HTTPServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::size_t connection_count() const { return connections_.size(); }

    // Takes no further connection or request; those under way are still answered.
    void shut_down();

  private:
    void listen(const Options& options);
    void on_io(std::uint32_t events) override;
    bool accept_one();
    void pause_accepting();
    void check_deadlines();

    EventLoop& loop_;
    const JSONRequestHandler& handler_;
    const std::size_t max_connections_;
    ServiceEdge* const edge_;
    StreamSends stream_sends_{loop_};
    FileDescriptor listener_;
    std::uint16_t port_ = 0;
    bool accepting_ = false;
    std::unordered_map<HTTPConnection*, std::shared_ptr<HTTPConnection>> connections_;
    TimerId deadline_timer_;
    TimerId resume_timer_;
};

}  // namespace gavel
