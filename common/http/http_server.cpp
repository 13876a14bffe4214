#include "common/http/http_server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "common/http/network_address.h"
#include "common/logging/logging.h"

namespace gavel {
namespace {

constexpr int backlog = 4'096;
constexpr int max_accepts_a_turn = 64;
constexpr std::int64_t deadline_check_ms = 500;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::uint16_t bound_port(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.ss_family == AF_INET6
                     ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                     : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

HTTPServer::HTTPServer(EventLoop& loop, const JSONRequestHandler& handler, const Options& options)
    : loop_(loop),
      handler_(handler),
      max_connections_(options.max_connections),
      edge_(options.edge) {
    listen(options);
    loop_.watch(listener_.get(), EPOLLIN, *this);
    accepting_ = true;
    deadline_timer_ = loop_.call_after_ms(deadline_check_ms, [this] { check_deadlines(); });
}

HTTPServer::~HTTPServer() {
    loop_.cancel(deadline_timer_);
    shut_down();
    while (!connections_.empty()) {
        const auto connection = connections_.begin()->second;
        connection->close(true);
        connections_.erase(connection.get());
    }
}

void HTTPServer::listen(const Options& options) {
    const std::string where = options.address + ":" + std::to_string(options.port);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int problem = ::getaddrinfo(options.address.c_str(), std::to_string(options.port).c_str(),
                                      &hints, &found);
    if (problem != 0) {
        throw std::runtime_error("cannot listen on " + where + ": " + ::gai_strerror(problem) +
                                 "; check BIND_ADDRESS");
    }
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    listener_ =
        FileDescriptor(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!listener_.valid() || ::bind(listener_.get(), found->ai_addr, found->ai_addrlen) != 0 ||
        ::listen(listener_.get(), backlog) != 0) {
        const std::string advice =
            errno == EADDRINUSE ? "; stop the program that uses the port, or choose another port"
                                : "";
        throw std::runtime_error("cannot listen on " + where + ": " + std::strerror(errno) +
                                 advice);
    }
    port_ = bound_port(listener_.get());
}

void HTTPServer::on_io(std::uint32_t) {
    for (int i = 0; i < max_accepts_a_turn; ++i) {
        if (!accept_one()) return;
    }
}

bool HTTPServer::accept_one() {
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    FileDescriptor socket(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
        const bool exhausted =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (exhausted) pause_accepting();
        return errno == EINTR || errno == ECONNABORTED;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto connection = std::make_shared<HTTPConnection>(
        loop_, handler_, stream_sends_, std::move(socket),
        [this](HTTPConnection& closed) { connections_.erase(&closed); }, address_text(peer), edge_);
    connections_.emplace(connection.get(), connection);
    if (connections_.size() > max_connections_) {
        connection->refuse(JSONResponse::unavailable("too many connections, try again"));
    } else {
        connection->start();
    }
    return true;
}

// File descriptors ran out: those waiting stay in the backlog until some have come free.
void HTTPServer::pause_accepting() {
    service_logger(handler_.service())
        ->warn("out of file descriptors with {} connections; accepting again shortly",
               connections_.size());
    loop_.unwatch(listener_.get());
    accepting_ = false;
    resume_timer_ = loop_.call_after_ms(limits::accept_pause_ms, [this] {
        loop_.watch(listener_.get(), EPOLLIN, *this);
        accepting_ = true;
    });
}

void HTTPServer::check_deadlines() {
    const std::int64_t now_us = loop_.now_us();
    std::vector<std::shared_ptr<HTTPConnection>> all;
    all.reserve(connections_.size());
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->check_deadline(now_us);
    deadline_timer_ = loop_.call_after_ms(deadline_check_ms, [this] { check_deadlines(); });
}

void HTTPServer::shut_down() {
    loop_.cancel(resume_timer_);
    if (accepting_) loop_.unwatch(listener_.get());
    accepting_ = false;
    listener_.reset();
    std::vector<std::shared_ptr<HTTPConnection>> all;
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->shut_down();
}

}  // namespace gavel
