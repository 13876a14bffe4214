#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/runtime/file_descriptor.h"
#include "evaluation/client/answer_reader.h"
#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"

namespace gavel::evaluation {

// One keep-alive connection with one request at a time. Borrows all it is given.
class Channel : public ReadyHandler {
  public:
    class Listener {
      public:
        virtual ~Listener() = default;
        virtual void on_connected(Channel& channel) = 0;
        // The answer is complete. The channel may be used for the next request in here.
        virtual void on_answer(Channel& channel, const AnswerReader& answer) = 0;
        // No answer will come, `why` says so in two or three words; the channel is closed.
        virtual void on_failure(Channel& channel, std::string_view why) = 0;
    };

    Channel(Poller& poller, const ServerAddress& server, Listener& listener, std::size_t number)
        : poller_(poller), server_(server), listener_(listener), number_(number) {}

    // Its place among the listener's channels.
    std::size_t number() const { return number_; }

    // Connects, anew if it was connected. Throws std::system_error.
    void open();
    void close();
    // REQUIRES: connected, and no request in flight
    void send(std::string_view request, std::size_t kept_body_bytes);

    bool ready() const { return connected_ && !in_flight_; }
    std::uint64_t received_bytes() const { return received_bytes_; }

    void on_ready(std::uint32_t events) override;

  private:
    void read_answer();
    void take(std::string_view bytes);
    bool send_rest(std::string_view bytes);
    void fail(std::string_view why);

    Poller& poller_;
    const ServerAddress& server_;
    Listener& listener_;
    const std::size_t number_;
    FileDescriptor socket_;
    AnswerReader answer_;
    std::string unsent_;
    bool connected_ = false;
    bool in_flight_ = false;
    std::uint64_t received_bytes_ = 0;
};

}  // namespace gavel::evaluation
