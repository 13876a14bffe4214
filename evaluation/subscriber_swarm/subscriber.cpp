#include "evaluation/subscriber_swarm/subscriber.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <limits>

#include "evaluation/client/clock.h"

namespace gavel::evaluation {
namespace {

constexpr std::size_t max_head_bytes = 64 * 1024;
constexpr int stalled_buffer_bytes = 4 * 1024;

}  // namespace

void Subscriber::open(const ServerAddress& server, const std::string& request) {
    request_ = &request;
    socket_ = server.connect(will_stall_ ? stalled_buffer_bytes : 0);
    poller_.watch(socket_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this);
}

void Subscriber::on_ready(std::uint32_t events) {
    if (state_ == State::gone || stalled_) return;
    if (state_ == State::connecting) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) return end("connection refused");
        if ((events & EPOLLOUT) == 0) return;
        state_ = State::head;
        const auto sent = ::send(socket_.get(), request_->data(), request_->size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_->size())) return end("the request was not sent");
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) read();
}

void Subscriber::read() {
    thread_local std::array<char, 512 * 1024> buffer;  // used up before the next one reads
    while (state_ != State::gone && !stalled_) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return end(got == 0 ? "stream ended" : "connection reset");
        const std::int64_t now = now_ns();
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        received_bytes_ += bytes.size();
        if (state_ == State::head) {
            take_head(bytes, now);
        } else {
            take_stream(bytes, now);
        }
        if (bytes.size() < buffer.size()) return;
    }
}

void Subscriber::take_head(std::string_view bytes, std::int64_t at_ns) {
    head_ += bytes;
    const auto end_of_head = head_.find("\r\n\r\n");
    if (end_of_head == std::string::npos) {
        if (head_.size() > max_head_bytes) end("endless head");
        return;
    }
    if (head_.compare(8, 5, " 200 ") != 0) return end(head_.substr(0, head_.find('\r')));
    if (head_.substr(0, end_of_head).find("\r\nTransfer-Encoding: chunked") != std::string::npos) {
        chunked_.emplace(std::numeric_limits<std::size_t>::max());
    }
    const std::string rest = head_.substr(end_of_head + 4);
    head_ = {};
    state_ = State::stream;
    listener_.on_subscribed(*this);
    if (!rest.empty()) take_stream(rest, at_ns);
}

void Subscriber::take_stream(std::string_view bytes, std::int64_t at_ns) {
    const auto deliver = [&](std::size_t event) { listener_.on_delivered(event, at_ns); };
    if (!chunked_) return cursor_.feed(bytes, deliver);
    std::string decoded;
    chunked_->feed(bytes, decoded);
    if (chunked_->malformed() || chunked_->too_large()) return end("broken chunks");
    cursor_.feed(decoded, deliver);
    if (chunked_->done()) end("stream ended");
}

void Subscriber::end(const std::string& why) {
    state_ = State::gone;
    socket_.reset();
    listener_.on_gone(*this, why);
}

}  // namespace gavel::evaluation
