#include "common/http/client_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "common/http/message_batch.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

bool is_event_stream(std::string_view type) {
    return type.starts_with("text/event-stream");
}

// Its reader gets the answer as it comes: an event stream, a batch some of which take long, or
// lines that are still being made.
bool comes_in_pieces(const ResponseParser& parser) {
    const auto type = parser.headers().find("Content-Type");
    if (!type) return false;
    const bool is_known = *type == batch_type || *type == "application/jsonl";
    return is_event_stream(*type) || (is_known && !parser.headers().find("Content-Length"));
}

}  // namespace

ClientConnection::ClientConnection(EventLoop& loop, Released released)
    : loop_(loop), released_(std::move(released)), watch_(loop, *this) {}

ClientConnection::~ClientConnection() {
    close_socket();
}

void ClientConnection::connect(const ResolvedAddress& address) {
    socket_ = FileDescriptor(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.valid()) return;  // the first exchange fails
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int result =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
    if (result != 0 && errno != EINPROGRESS) {
        socket_.reset();
        return;
    }
    state_ = State::connecting;
    connect_timer_ = loop_.call_after_ms(limits::connect_timeout_ms,
                                         [this] { fail(ServiceFailure::unreachable); });
    watch();
}

void ClientConnection::exchange(std::string bytes, bool head_request, Answered answered) {
    const auto self = shared_from_this();
    answered_ = std::move(answered);
    parser_ = ResponseParser(head_request);
    body_.clear();
    sent_any_ = false;
    output_.push(std::make_shared<const std::string>(std::move(bytes)));
    if (!socket_.valid()) {
        // Told later, so that the caller need not expect an answer from within its call.
        loop_.post([self] { self->fail(ServiceFailure::unreachable); });
        return;
    }
    if (state_ == State::connecting) return;
    state_ = State::exchanging;
    flush();
    watch();
}

void ClientConnection::watch() {
    if (!socket_.valid()) return;
    std::uint32_t events = 0;
    if (state_ == State::connecting) {
        events = EPOLLOUT;
    } else {
        if (!paused_) events |= EPOLLIN;
        if (!output_.empty()) events |= EPOLLOUT;
    }
    watch_.want(socket_.get(), events);
}

void ClientConnection::on_io(std::uint32_t events) {
    const auto self = shared_from_this();
    if (state_ == State::connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            fail(ServiceFailure::unreachable);
            return;
        }
        loop_.cancel(connect_timer_);
        state_ = State::exchanging;
        flush();
        watch();
        return;
    }
    if ((events & EPOLLOUT) != 0) flush();
    if (socket_.valid() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive();
    watch();
}

void ClientConnection::flush() {
    if (output_.empty() || !socket_.valid()) return;
    const std::size_t before = output_.size_bytes();
    const auto progress = output_.send_to(socket_.get());
    sent_any_ = sent_any_ || output_.size_bytes() < before;
    // The service may have answered before it closed: what it said is read first.
    if (progress == OutputQueue::Progress::broken) receive();
}

void ClientConnection::receive() {
    std::array<char, read_bytes> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (count > 0 && state_ != State::idle) {
        take({buffer.data(), static_cast<std::size_t>(count)});
        return;
    }
    // The end of the connection, or bytes that nobody asked for.
    if (state_ == State::idle) {
        release(false);
        return;
    }
    parser_.end_of_stream();
    if (state_ == State::streaming) {
        end_stream();
    } else if (parser_.state() == ResponseParser::State::complete) {
        finish_exchange(false);
    } else {
        fail(sent_any_ ? ServiceFailure::lost : ServiceFailure::unreachable);
    }
}

void ClientConnection::take(std::string_view bytes) {
    const std::size_t taken = parser_.feed(bytes);
    if (parser_.state() == ResponseParser::State::failed) {
        fail(ServiceFailure::lost);
        return;
    }
    if (state_ == State::streaming) {
        pass_on();
        if (parser_.state() == ResponseParser::State::complete) {
            end_stream();
        }
        return;
    }
    if (parser_.state() == ResponseParser::State::body && comes_in_pieces(parser_)) {
        begin_stream();
        return;
    }
    if (parser_.body_bytes() > limits::max_answer_bytes) {
        fail(ServiceFailure::too_large);
    } else if (parser_.state() == ResponseParser::State::complete) {
        // Bytes behind the answer belong to no request of ours: the next one goes elsewhere.
        finish_exchange(parser_.keep_alive() && output_.empty() && taken == bytes.size());
    }
}

void ClientConnection::finish_exchange(bool reusable) {
    Exchange done;
    done.response.status = parser_.status();
    done.response.headers = parser_.headers();
    done.response.body = parser_.take_body();
    done.was_sent = true;
    const auto answered = std::exchange(answered_, nullptr);
    release(reusable);
    if (answered) answered(std::move(done));
}

// Hands the answer over with a `stream` that pumps. If it is dropped without being started, the
// connection is closed.
void ClientConnection::begin_stream() {
    struct Handle {
        std::shared_ptr<ClientConnection> connection;
        explicit Handle(std::shared_ptr<ClientConnection> c) : connection(std::move(c)) {}
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        ~Handle() {
            if (connection->sink_ == nullptr) connection->release(false);
        }
    };
    state_ = State::streaming;
    paused_ = true;  // until there is somewhere to put it
    Exchange begun;
    begun.response.status = parser_.status();
    begun.response.headers = parser_.headers();
    begun.was_sent = true;
    has_end_ = !is_event_stream(parser_.headers().find("Content-Type").value_or(""));
    begun.response.has_end = has_end_;
    begun.response.stream = [handle = std::make_shared<Handle>(shared_from_this())](
                                const std::shared_ptr<StreamSink>& sink) {
        handle->connection->feed_stream(sink);
    };
    watch();
    const auto answered = std::exchange(answered_, nullptr);
    if (answered) answered(std::move(begun));
}

void ClientConnection::feed_stream(const std::shared_ptr<StreamSink>& sink) {
    sink_ = sink;
    const std::weak_ptr<ClientConnection> weak = weak_from_this();
    sink->on_close([weak] {
        if (const auto self = weak.lock()) self->release(false);
    });
    sink->on_drain([weak] {
        if (const auto self = weak.lock()) {
            self->paused_ = false;
            self->watch();
        }
    });
    paused_ = false;
    pass_on();
    watch();
}

void ClientConnection::pass_on() {
    const auto sink = sink_;  // the write may find that the reader has gone, which lets go of it
    if (sink == nullptr) return;
    std::string bytes = parser_.take_body();
    if (!bytes.empty()) sink->write(std::make_shared<const std::string>(std::move(bytes)));
    if (sink_ != nullptr && sink_->queued_bytes() > limits::max_proxied_queue_bytes) {
        paused_ = true;
    }
}

// What was to have an end and has none is broken off: its reader must not take it for the whole.
void ClientConnection::end_stream() {
    const auto sink = std::exchange(sink_, nullptr);
    if (sink != nullptr) {
        sink->close(has_end_ && parser_.state() != ResponseParser::State::complete);
    }
    if (socket_.valid()) release(false);
}

void ClientConnection::fail(ServiceFailure failure) {
    const auto self = shared_from_this();
    Exchange failed;
    failed.failure = failure;
    failed.was_sent = sent_any_;
    const auto answered = std::exchange(answered_, nullptr);
    release(false);
    if (answered) answered(std::move(failed));
}

void ClientConnection::abort() {
    answered_ = nullptr;
    release(false);
}

void ClientConnection::release(bool reusable) {
    if (state_ == State::closed && !socket_.valid() && !released_) return;
    const auto self = shared_from_this();
    loop_.cancel(connect_timer_);
    if (reusable) {
        state_ = State::idle;
        idle_since_us_ = loop_.now_us();
        watch();
        if (released_) released_(self, true);
        return;
    }
    close_socket();
    end_stream();
    const auto released = std::exchange(released_, nullptr);
    if (released) released(self, false);
}

void ClientConnection::close_socket() {
    loop_.cancel(connect_timer_);
    state_ = State::closed;
    watch_.stop();
    socket_.reset();
    output_.clear();
}

}  // namespace gavel
