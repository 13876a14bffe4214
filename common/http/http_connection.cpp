#include "common/http/http_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>

#include "common/http/request_id.h"
#include "common/http/response_head.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;
// A body up to this size is copied behind its head, so that both leave in one piece.
constexpr std::size_t joined_body_bytes = 16 * 1024;
// Answers to requests that came together leave together, up to this size.
constexpr std::size_t joined_answers_bytes = 64 * 1024;

// Where a thread puts an answer together, one at a time.
std::string& text_in_the_making() {
    thread_local std::string text;
    text.clear();
    return text;
}

// The frame of a chunk.
std::string chunk_head(std::size_t bytes) {
    std::array<char, 20> digits;
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), bytes, 16);
    assert(error == std::errc());
    return std::string(digits.data(), end) + "\r\n";
}

const std::shared_ptr<const std::string>& chunk_end() {
    static const auto text = std::make_shared<const std::string>("\r\n");
    return text;
}

}  // namespace

HTTPConnection::HTTPConnection(EventLoop& loop, const JSONRequestHandler& handler,
                               StreamSends& stream_sends, FileDescriptor socket, Closed closed,
                               std::string peer, ServiceEdge* edge)
    : loop_(loop),
      handler_(handler),
      stream_sends_(stream_sends),
      socket_(std::move(socket)),
      watch_(loop, *this),
      closed_(std::move(closed)),
      peer_(std::move(peer)),
      edge_(edge) {}

void HTTPConnection::start() {
    set_deadline(limits::keep_alive_idle_ms);
    watch();
}

void HTTPConnection::refuse(Response response) {
    const auto self = shared_from_this();
    keep_alive_ = false;
    head_only_ = false;  // those of the request before are of no meaning here
    request_id_ = make_request_id();
    send(std::move(response));
    linger();
}

void HTTPConnection::set_deadline(std::int64_t after_ms) {
    deadline_us_ = loop_.now_us() + after_ms * 1000;
}

// Asks the loop for just what this state can use, so that nothing wakes us for nothing. While
// requests are being processed, that is yet to be seen.
void HTTPConnection::watch() {
    if (state_ == State::closed || in_process_) return;
    const bool read =
        !peer_finished_ && state_ != State::flushing && input_.size() < limits::max_pipelined_bytes;
    std::uint32_t events = 0;
    if (read) events |= EPOLLIN;
    if (!output_.empty()) events |= EPOLLOUT;
    watch_.want(socket_.get(), events);
}

void HTTPConnection::on_io(std::uint32_t events) {
    const auto self = shared_from_this();
    const bool hung_up = (events & EPOLLHUP) != 0 && state_ != State::lingering;
    if ((events & EPOLLERR) != 0 || hung_up) {
        close_now();
        return;
    }
    if ((events & EPOLLOUT) != 0) flush();
    if (state_ != State::closed && (events & (EPOLLIN | EPOLLHUP)) != 0) read_input();
    watch();
}

void HTTPConnection::read_input() {
    std::array<char, read_bytes> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) close_now();
        return;
    }
    if (count == 0) {
        peer_finished_ = true;
        // A client may stop sending and still wait for its answer; a stream's reader has gone.
        const bool answering = state_ == State::handling || state_ == State::flushing ||
                               (state_ == State::streaming && chunked_) ||
                               (state_ == State::reading && !output_.empty());
        if (!answering) close_now();
        return;
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (state_ == State::reading && output_.empty()) {
        if (parser_.idle()) set_deadline(limits::request_read_timeout_ms);
        process(bytes);
    } else if (state_ == State::lingering) {
        lingered_bytes_ += bytes.size();
        if (lingered_bytes_ > limits::max_lingering_bytes) close_now();
    } else if (goes_on()) {
        input_ += bytes;  // a pipelined request: its turn comes when this answer was taken
    }
}

// Another request may be taken on this connection.
bool HTTPConnection::goes_on() const {
    return state_ == State::handling || state_ == State::reading ||
           (state_ == State::streaming && chunked_);
}

// Handles the requests in these bytes one after the other, until one of them is answered later or
// the answers are more than the client takes at once; the rest waits in input_.
void HTTPConnection::process(std::string_view bytes) {
    in_process_ = true;
    bool more = false;
    do {
        more = take_requests(bytes) || state_ == State::streaming;  // which may end as it is sent
        flush();
    } while (more && state_ == State::reading && output_.empty());
    in_process_ = false;
    if (goes_on()) input_.insert(0, bytes);
    if (state_ == State::reading && peer_finished_ && output_.empty()) close_now();
}

// True when there may be more in the bytes, but the answers so far are enough for one send.
bool HTTPConnection::take_requests(std::string_view& bytes) {
    while (state_ == State::reading) {
        if (output_.size_bytes() >= joined_answers_bytes) return true;
        bytes.remove_prefix(parser_.feed(bytes));
        if (parser_.state() == RequestParser::State::failed) {
            refuse(JSONResponse::error(parser_.error().status, parser_.error().message));
            break;
        }
        if (parser_.state() == RequestParser::State::body && parser_.take_expectation()) {
            output_.push(std::make_shared<const std::string>("HTTP/1.1 100 Continue\r\n\r\n"));
            flush();
        }
        if (parser_.state() != RequestParser::State::complete) break;
        dispatch();
        if (state_ == State::reading && !bytes.empty()) {
            set_deadline(limits::request_read_timeout_ms);
        }
    }
    return false;
}

void HTTPConnection::process_waiting() {
    if (in_process_ || state_ != State::reading || !output_.empty()) return;
    if (!input_.empty()) {
        set_deadline(limits::request_read_timeout_ms);
        const std::string waiting = std::exchange(input_, {});
        process(waiting);
    } else if (peer_finished_) {
        close_now();
    }
}

void HTTPConnection::dispatch() {
    keep_alive_ = parser_.keep_alive() && !shutting_down_;
    http_1_0_ = parser_.http_1_0();
    JSONRequest request = parser_.take();
    head_only_ = request.method() == "HEAD";
    began_us_ = loop_.now_us();
    const auto id = request.header("X-Request-Id");
    request_id_ = id && is_acceptable_request_id(*id) ? std::string(*id) : make_request_id();
    request.set_request_id(request_id_);
    request.set_peer(peer_);
    request_line_.clear();
    if (handler_.logger().should_log(spdlog::level::debug)) {
        request_line_ = request.method() + " " + request.target();
    }

    state_ = State::handling;
    set_deadline(limits::answer_timeout_ms);
    const std::uint64_t serial = ++request_serial_;
    if (edge_ != nullptr) {
        if (auto answer = edge_->begin(request, asked_, began_us_)) {
            deliver(std::move(*answer));
            return;
        }
    }
    handler_.handle(std::move(request),
                    Responder([weak = weak_from_this(), serial](Response response) {
                        const auto self = weak.lock();
                        if (self == nullptr || self->request_serial_ != serial) return;
                        self->deliver(std::move(response));
                    }));
}

void HTTPConnection::deliver(Response response) {
    if (state_ != State::handling) return;
    const auto self = shared_from_this();
    if (edge_ != nullptr) edge_->finish(asked_, request_id_, response, loop_.now_us());
    log_answer(response.status);
    if (response.stream) {
        deliver_stream(std::move(response));
        return;
    }
    state_ = keep_alive_ ? State::reading : State::flushing;
    set_deadline(limits::keep_alive_idle_ms);
    send(std::move(response));
    process_waiting();
    watch();
}

void HTTPConnection::deliver_stream(Response response) {
    const auto start = std::exchange(response.stream, [](const auto&) {});
    chunked_ = response.has_end && !http_1_0_ && !head_only_;
    keep_alive_ = keep_alive_ && chunked_;  // else the stream ends with its connection
    state_ = head_only_ ? State::flushing : State::streaming;
    send(std::move(response));
    if (state_ == State::streaming) start(shared_from_this());
    watch();
}

void HTTPConnection::send(Response response) {
    HeadOptions options;
    options.keep_alive = keep_alive_;
    options.http_1_0 = http_1_0_;
    options.chunked = chunked_ && state_ == State::streaming;
    options.request_id = request_id_;
    std::string& text = text_in_the_making();
    append_response_head(text, response, options);
    const bool joined = head_only_ || response.body.size() <= joined_body_bytes;
    if (joined && !head_only_) text += response.body;
    if (joined && !in_process_) {
        follow(output_.send_to(socket_.get(), text), 0);
        return;
    }
    output_.push(std::make_shared<const std::string>(text));
    if (!joined) output_.push(std::make_shared<const std::string>(std::move(response.body)));
    if (!in_process_) flush();
}

void HTTPConnection::flush() {
    if (state_ == State::closed || output_.empty()) return;
    const std::size_t before = output_.size_bytes();
    follow(output_.send_to(socket_.get()), before);
}

// What a send leads to. `before`: how much was queued.
void HTTPConnection::follow(OutputQueue::Progress progress, std::size_t before) {
    switch (progress) {
        case OutputQueue::Progress::broken: close_now(); return;
        case OutputQueue::Progress::blocked:
            if (output_.size_bytes() < before || !stalled_) {
                set_deadline(limits::write_stall_timeout_ms);
            }
            stalled_ = true;
            watch();
            return;
        case OutputQueue::Progress::drained: break;
    }
    const bool was_stalled = std::exchange(stalled_, false);
    if (state_ == State::streaming) {
        deadline_us_ = 0;                // a stream may be silent for as long as it likes
        const auto drained = on_drain_;  // a copy: what it does may replace or forget it
        if (drained) drained();
    } else if (state_ == State::flushing) {
        linger();
    } else if (state_ == State::reading && was_stalled) {
        set_deadline(limits::keep_alive_idle_ms);
        process_waiting();
    }
}

// A close() while the client still sends makes its system throw away our answer (RFC 9112,
// section 9.6). So only the sending side is closed, and what comes is read and dropped.
void HTTPConnection::linger() {
    if (state_ == State::closed) return;
    if (!output_.empty()) {
        state_ = State::flushing;
        watch();
        return;
    }
    if (peer_finished_) {
        close_now();
        return;
    }
    ::shutdown(socket_.get(), SHUT_WR);
    state_ = State::lingering;
    input_.clear();
    set_deadline(limits::linger_timeout_ms);
    watch();
}

void HTTPConnection::write(std::shared_ptr<const std::string> bytes) {
    if (state_ != State::streaming || bytes->empty()) return;
    const bool was_empty = output_.empty();
    if (chunked_) output_.push(std::make_shared<const std::string>(chunk_head(bytes->size())));
    output_.push(std::move(bytes));
    if (chunked_) output_.push(chunk_end());
    if (!was_empty) return;  // the reader is behind: EPOLLOUT continues
    if (!chunked_) {
        stream_sends_.add(shared_from_this());
        return;
    }
    // A long answer: nobody else is sent the same.
    auto drained = std::exchange(on_drain_, nullptr);  // not from within write()
    flush();
    if (state_ == State::streaming) on_drain_ = std::move(drained);
}

OutputQueue::Progress HTTPConnection::send_queued() {
    if (state_ == State::closed) return OutputQueue::Progress::drained;
    return output_.send_to(socket_.get());
}

void HTTPConnection::sent(OutputQueue::Progress progress, std::size_t queued_before) {
    if (state_ == State::closed || queued_before == 0) return;
    const auto self = shared_from_this();
    follow(progress, queued_before);
}

void HTTPConnection::close(bool discard) {
    if (state_ == State::closed) return;
    const auto self = shared_from_this();
    on_drain_ = nullptr;
    if (discard) {
        close_now();
    } else if (state_ == State::streaming && chunked_) {
        end_chunks();
    } else {
        linger();
    }
}

// The stream's reader is told its end, and may ask for something else.
void HTTPConnection::end_chunks() {
    chunked_ = false;
    output_.push(std::make_shared<const std::string>("0\r\n\r\n"));
    state_ = keep_alive_ ? State::reading : State::flushing;
    set_deadline(limits::keep_alive_idle_ms);
    const auto over = std::exchange(on_close_, nullptr);
    flush();
    if (over) over();
    process_waiting();
    watch();
}

void HTTPConnection::close_now() {
    if (state_ == State::closed) return;
    const auto self = shared_from_this();
    state_ = State::closed;
    ++request_serial_;  // an answer that comes later has nowhere to go
    watch_.stop();
    socket_.reset();
    output_.clear();
    input_.clear();
    on_drain_ = nullptr;
    const auto gone = std::exchange(on_close_, nullptr);
    if (gone) gone();
    if (closed_) closed_(*this);
}

void HTTPConnection::check_deadline(std::int64_t now_us) {
    if (deadline_us_ == 0 || now_us < deadline_us_) return;
    const auto self = shared_from_this();
    if (state_ == State::handling) {
        deliver(JSONResponse::error(504, "the request took too long"));
    } else if (state_ == State::reading && !parser_.idle() && output_.empty()) {
        refuse(JSONResponse::error(408, "the request came too slowly"));
    } else {
        close_now();
    }
}

void HTTPConnection::shut_down() {
    const auto self = shared_from_this();
    shutting_down_ = true;
    if (state_ == State::handling || (state_ == State::streaming && chunked_)) {
        keep_alive_ = false;
    } else if (state_ == State::streaming) {
        close(false);
    } else if (state_ == State::reading && output_.empty()) {
        close_now();
    } else if (state_ == State::reading) {
        state_ = State::flushing;  // the client has yet to take its answer
        watch();
    }
}

void HTTPConnection::log_answer(int status) const {
    if (request_line_.empty()) return;
    handler_.logger().debug("request {} {} -> {} in {} us", request_id_, request_line_, status,
                            loop_.now_us() - began_us_);
}

}  // namespace gavel
