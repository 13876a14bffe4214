#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/chunked_decoder.h"
#include "common/runtime/file_descriptor.h"
#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"
#include "evaluation/subscriber_swarm/stream_cursor.h"

namespace gavel::evaluation {

// One open event stream. Borrows all it is given.
class Subscriber : public ReadyHandler {
  public:
    class Listener {
      public:
        virtual ~Listener() = default;
        // The answer's head has come and is 200.
        virtual void on_subscribed(Subscriber& subscriber) = 0;
        virtual void on_delivered(std::size_t event, std::int64_t at_ns) = 0;
        // The stream has ended, or never began: `why` in some words.
        virtual void on_gone(Subscriber& subscriber, const std::string& why) = 0;
    };

    // One that `will_stall` has a small receive buffer, so that the server feels it soon.
    Subscriber(Poller& poller, EventLog& log, Listener& listener, bool will_stall)
        : poller_(poller), listener_(listener), will_stall_(will_stall), cursor_(log) {}

    // Connects and asks with the request. Throws std::system_error.
    void open(const ServerAddress& server, const std::string& request);
    // Reads nothing from now on, as a client does that hangs. REQUIRES: it will_stall()
    void stall() { stalled_ = true; }

    bool will_stall() const { return will_stall_; }
    bool subscribed() const { return state_ == State::stream; }
    const StreamCursor& cursor() const { return cursor_; }
    std::uint64_t received_bytes() const { return received_bytes_; }

    void on_ready(std::uint32_t events) override;

  private:
    enum class State : std::uint8_t { connecting, head, stream, gone };

    void read();
    void take_head(std::string_view bytes, std::int64_t at_ns);
    void take_stream(std::string_view bytes, std::int64_t at_ns);
    void end(const std::string& why);

    Poller& poller_;
    Listener& listener_;
    const std::string* request_ = nullptr;
    FileDescriptor socket_;
    State state_ = State::connecting;
    const bool will_stall_;
    bool stalled_ = false;
    std::string head_;
    std::optional<ChunkedDecoder> chunked_;
    StreamCursor cursor_;
    std::uint64_t received_bytes_ = 0;
};

}  // namespace gavel::evaluation
