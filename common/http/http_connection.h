#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/json_request_handler.h"
#include "common/http/output_queue.h"
#include "common/http/request_parser.h"
#include "common/http/response.h"
#include "common/http/service_edge.h"
#include "common/http/stream_sends.h"
#include "common/runtime/event_loop.h"
#include "common/runtime/file_descriptor.h"
#include "common/runtime/io_watch.h"

namespace gavel {

// One client's connection: frames requests, has them handled one after the other, sends the
// answers. Costs no thread, however slow the client is. As a StreamSink it is the open end of a
// streaming answer. Loop thread only; shared with whoever writes a stream to it.
class HTTPConnection : public IOHandler,
                       public StreamSink,
                       public StreamSends::Sender,
                       public std::enable_shared_from_this<HTTPConnection> {
  public:
    using Closed = std::function<void(HTTPConnection&)>;

    // Borrows all but the socket. `closed` is called once, when the socket has been closed.
    // `peer`: the client's address. `edge`: what stands before the handler; null for nothing.
    HTTPConnection(EventLoop& loop, const JSONRequestHandler& handler, StreamSends& stream_sends,
                   FileDescriptor socket, Closed closed, std::string peer = {},
                   ServiceEdge* edge = nullptr);

    // Begins to read. Separate from construction, since it needs shared_from_this().
    void start();
    // Answers what is no request, or no request to be taken, and closes.
    void refuse(Response response);
    // Called now and then: enforces the time limits of limits.h.
    void check_deadline(std::int64_t now_us);
    // No further request is taken: closes at once when idle or in a stream without an end, else
    // after the answer.
    void shut_down();

    void on_io(std::uint32_t events) override;

    void write(std::shared_ptr<const std::string> bytes) override;
    std::size_t queued_bytes() const override { return output_.size_bytes(); }
    OutputQueue::Progress send_queued() override;
    void sent(OutputQueue::Progress progress, std::size_t queued_before) override;
    void close(bool discard) override;
    void on_drain(std::function<void()> callback) override { on_drain_ = std::move(callback); }
    void on_close(std::function<void()> callback) override { on_close_ = std::move(callback); }

  private:
    enum class State : std::uint8_t {
        reading,    // between requests or in the middle of one
        handling,   // the handler has the request
        streaming,  // the answer is a stream
        flushing,   // sends the last bytes, then closes
        lingering,  // reads what the client still sends, so that it sees the answer
        closed,
    };

    void read_input();
    bool goes_on() const;
    void process(std::string_view bytes);
    bool take_requests(std::string_view& bytes);
    void dispatch();
    void process_waiting();
    void deliver(Response response);
    void deliver_stream(Response response);
    void end_chunks();
    void send(Response response);
    void flush();
    void follow(OutputQueue::Progress progress, std::size_t before);
    void linger();
    void close_now();
    void set_deadline(std::int64_t after_ms);
    void watch();
    void log_answer(int status) const;

    EventLoop& loop_;
    const JSONRequestHandler& handler_;
    StreamSends& stream_sends_;
    FileDescriptor socket_;
    IOWatch watch_;
    Closed closed_;
    const std::string peer_;
    ServiceEdge* const edge_;

    State state_ = State::reading;
    RequestParser parser_;
    std::string input_;  // came while a request was being handled or its answer not taken
    OutputQueue output_;
    bool in_process_ = false;     // process() is on the stack
    bool stalled_ = false;        // the client does not take what is in output_
    bool peer_finished_ = false;  // the client has sent all it will send
    bool shutting_down_ = false;
    std::int64_t deadline_us_ = 0;
    std::size_t lingered_bytes_ = 0;

    // Of the request that is being handled.
    std::uint64_t request_serial_ = 0;
    bool keep_alive_ = true;
    bool http_1_0_ = false;
    bool head_only_ = false;
    bool chunked_ = false;  // the stream's end is told, and the connection goes on
    std::int64_t began_us_ = 0;
    std::string request_line_;  // for the log; empty when it is not logged
    std::string request_id_;
    ServiceEdge::Asked asked_;  // with an edge

    std::function<void()> on_drain_;
    std::function<void()> on_close_;
};

}  // namespace gavel
