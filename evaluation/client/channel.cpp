#include "evaluation/client/channel.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace gavel::evaluation {

void Channel::open() {
    close();
    socket_ = server_.connect();
    poller_.watch(socket_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this);
}

void Channel::close() {
    socket_.reset();
    unsent_.clear();
    connected_ = false;
    in_flight_ = false;
}

void Channel::send(std::string_view request, std::size_t kept_body_bytes) {
    assert(ready());
    answer_.begin(kept_body_bytes);
    in_flight_ = true;
    send_rest(request);
}

// What the socket does not take at once goes when it is writable. False: the channel has failed.
bool Channel::send_rest(std::string_view bytes) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        fail("send failed");
        return false;
    }
    bytes.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    unsent_ = bytes;
    return true;
}

void Channel::on_ready(std::uint32_t events) {
    if (!socket_.valid()) return;  // an event from before it was closed
    if (!connected_) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) return fail("connection refused");
        if ((events & EPOLLOUT) == 0) return;
        connected_ = true;
        listener_.on_connected(*this);
        return;
    }
    if (!unsent_.empty() && (events & EPOLLOUT) != 0) {
        const std::string rest = std::move(unsent_);
        if (!send_rest(rest)) return;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) read_answer();
}

void Channel::read_answer() {
    // One for all channels: what is in it is used up before the next reads.
    thread_local std::array<char, 256 * 1024> buffer;
    while (socket_.valid()) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return fail(got == 0 ? "connection closed" : "connection reset");
        const auto bytes = static_cast<std::size_t>(got);
        received_bytes_ += bytes;
        take({buffer.data(), bytes});
        if (bytes < buffer.size()) return;  // that was all; what comes later is told anew
    }
}

void Channel::take(std::string_view bytes) {
    if (!in_flight_) return fail("answer to nothing");
    const std::size_t taken = answer_.feed(bytes);
    if (answer_.state() == AnswerReader::State::failed) return fail("broken answer");
    if (answer_.state() != AnswerReader::State::complete) return;
    if (taken < bytes.size()) return fail("answer to nothing");
    in_flight_ = false;
    if (!answer_.keep_alive()) close();
    listener_.on_answer(*this, answer_);
}

void Channel::fail(std::string_view why) {
    close();
    listener_.on_failure(*this, why);
}

}  // namespace gavel::evaluation
