#include "evaluation/client/server_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "common/http/url.h"

namespace gavel::evaluation {

ServerAddress ServerAddress::resolve(const std::string& url) {
    const auto parsed = ServiceURL::parse(url);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error =
        ::getaddrinfo(parsed.host.c_str(), std::to_string(parsed.port).c_str(), &hints, &found);
    if (error != 0) {
        throw std::runtime_error("cannot resolve " + parsed.host + ": " + ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    ServerAddress server;
    server.authority = parsed.authority();
    std::memcpy(&server.address, found->ai_addr, found->ai_addrlen);
    server.address_bytes = found->ai_addrlen;
    return server;
}

FileDescriptor ServerAddress::connect(int receive_buffer_bytes) const {
    const auto* target = reinterpret_cast<const sockaddr*>(&address);
    FileDescriptor socket(
        ::socket(target->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) throw std::system_error(errno, std::generic_category(), "socket");
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer_bytes > 0) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
    }
    if (::connect(socket.get(), target, address_bytes) != 0 && errno != EINPROGRESS) {
        throw std::system_error(errno, std::generic_category(), "connect to " + authority);
    }
    return socket;
}

}  // namespace gavel::evaluation
