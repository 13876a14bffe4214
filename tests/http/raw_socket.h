#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/http/headers.h"
#include "common/runtime/file_descriptor.h"
#include "tests/http/loop_thread.h"

namespace gavel::testing {

// An answer or a request as it stood on the wire.
struct RawMessage {
    std::string first_line;
    std::string head;
    std::string body;

    int status() const { return std::atoi(first_line.substr(9, 3).c_str()); }
    bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

// One end of a connection, moved by hand. Every wait has a limit; a connection that ends is "".
class RawSocket {
  public:
    RawSocket() = default;
    explicit RawSocket(FileDescriptor socket) : socket_(std::move(socket)) {}

    // `receive_buffer_bytes`: 0 leaves it to the system.
    static RawSocket connect(std::uint16_t port, int receive_buffer_bytes = 0) {
        FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (receive_buffer_bytes > 0) {
            ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                         sizeof receive_buffer_bytes);
        }
        const sockaddr_in address = loopback(port);
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0) {
            throw std::runtime_error("cannot connect");
        }
        return RawSocket(std::move(socket));
    }

    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    // False when the peer has gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!wait_for(POLLOUT)) throw std::runtime_error("the peer does not read");
            const auto count =
                ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count < 0 && errno == EAGAIN) continue;
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    // What came, up to the end marker; all that came when the connection ended before it.
    std::string read_through(std::string_view marker) {
        std::size_t found = 0;
        while ((found = buffer_.find(marker)) == std::string::npos && fill()) {
        }
        return take(found == std::string::npos ? buffer_.size() : found + marker.size());
    }
    std::string read_bytes(std::size_t count) {
        while (buffer_.size() < count && fill()) {
        }
        return take(std::min(count, buffer_.size()));
    }
    std::string read_to_end() {
        while (fill()) {
        }
        return take(buffer_.size());
    }

    // The next message with a Content-Length or none. `head_only`: the answer to HEAD.
    RawMessage read_message(bool head_only = false) {
        RawMessage message;
        message.head = read_through("\r\n\r\n");
        message.first_line = message.head.substr(0, message.head.find("\r\n"));
        const auto at = message.head.find("Content-Length: ");
        if (at != std::string::npos && !head_only) {
            message.body = read_bytes(std::strtoul(message.head.c_str() + at + 16, nullptr, 10));
        }
        return message;
    }

    // Something came, or the peer has gone, before so much time had passed.
    bool readable_within_ms(std::int64_t ms) {
        pollfd waiting{socket_.get(), POLLIN, 0};
        return !buffer_.empty() || ::poll(&waiting, 1, static_cast<int>(ms)) > 0;
    }
    bool ended() { return buffer_.empty() && !fill(); }
    void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    void close() { socket_.reset(); }
    // Ends the connection with RST: what is under way is thrown away.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }

  private:
    bool wait_for(short events) {
        pollfd waiting{socket_.get(), events, 0};
        const auto ms = std::chrono::milliseconds(patience).count();
        return ::poll(&waiting, 1, static_cast<int>(ms)) > 0;
    }

    bool fill() {
        if (!wait_for(POLLIN)) throw std::runtime_error("nothing came");
        char bytes[64 * 1024];
        const auto count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    std::string take(std::size_t count) {
        std::string taken = buffer_.substr(0, count);
        buffer_.erase(0, count);
        return taken;
    }

    FileDescriptor socket_;
    std::string buffer_;
};

// A server that does what the test does by hand.
class RawServer {
  public:
    RawServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = RawSocket::loopback(0);
        socklen_t size = sizeof address;
        if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(socket_.get(), 128) != 0) {
            throw std::runtime_error("cannot listen");
        }
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    RawSocket accept() {
        if (!pending(static_cast<int>(std::chrono::milliseconds(patience).count()))) {
            throw std::runtime_error("nobody connects");
        }
        return RawSocket(FileDescriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    }
    // Refuses whoever connects from now on.
    void stop() { socket_.reset(); }
    // Somebody has connected and was not accepted yet.
    bool pending(int within_ms = 0) {
        pollfd waiting{socket_.get(), POLLIN, 0};
        return ::poll(&waiting, 1, within_ms) > 0;
    }

  private:
    FileDescriptor socket_;
    std::uint16_t port_ = 0;
};

}  // namespace gavel::testing
