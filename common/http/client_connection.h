#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/http/output_queue.h"
#include "common/http/response_parser.h"
#include "common/http/service_client.h"
#include "common/runtime/event_loop.h"
#include "common/runtime/file_descriptor.h"
#include "common/runtime/io_watch.h"

namespace gavel {

// Where a service's name led.
struct ResolvedAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

// One connection to a service: carries one request after the other, or one stream to its end.
// Loop thread only; kept alive by its pool.
class ClientConnection : public IOHandler, public std::enable_shared_from_this<ClientConnection> {
  public:
    struct Exchange {
        ServiceFailure failure = ServiceFailure::none;
        Response response;
        bool was_sent = false;  // some byte of the request has left
    };
    using Answered = std::function<void(Exchange)>;
    // The connection is free again, or (not reusable) of no more use and closed.
    using Released = std::function<void(const std::shared_ptr<ClientConnection>&, bool reusable)>;

    ClientConnection(EventLoop& loop, Released released);
    ~ClientConnection() override;

    // Begins to connect; the first exchange may be started at once.
    void connect(const ResolvedAddress& address);
    // Sends the request's bytes; `answered` is called once, then the connection is released.
    void exchange(std::string bytes, bool head_request, Answered answered);
    // Gives up what is under way, without calling `answered`, and closes.
    void abort();

    std::int64_t idle_since_us() const { return idle_since_us_; }
    bool closed() const { return !socket_.valid(); }

    void on_io(std::uint32_t events) override;

  private:
    enum class State : std::uint8_t { connecting, idle, exchanging, streaming, closed };

    void flush();
    void receive();
    void take(std::string_view bytes);
    void finish_exchange(bool reusable);
    void begin_stream();
    void feed_stream(const std::shared_ptr<StreamSink>& sink);
    void pass_on();
    void end_stream();
    void fail(ServiceFailure failure);
    void release(bool reusable);
    void close_socket();
    void watch();

    EventLoop& loop_;
    Released released_;
    FileDescriptor socket_;
    IOWatch watch_;
    State state_ = State::closed;
    TimerId connect_timer_;

    OutputQueue output_;
    ResponseParser parser_;
    std::string body_;
    Answered answered_;
    bool sent_any_ = false;
    std::int64_t idle_since_us_ = 0;

    std::shared_ptr<StreamSink> sink_;  // of a stream that is being passed on
    bool paused_ = false;               // its reader is behind
    bool has_end_ = false;              // it is more than an event stream, whose reader asks again
};

}  // namespace gavel
