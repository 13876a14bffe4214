#include "common/web/web_channel.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace gavel {
namespace {

using Failure = WebAnswer::Failure;

// How soon a cancelled call notices.
constexpr std::int64_t look_interval_ms = 50;

bool is_ip_address(const std::string& host) {
    unsigned char buffer[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

// What SSL_set_tlsext_host_name() does, whose macro has an old cast.
bool set_server_name(SSL* session, std::string host) {
    return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    host.data()) == 1;
}

}  // namespace

std::int64_t WebChannel::steady_now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::int64_t WebChannel::check() const {
    if (cancelled_) throw WebFailure{Failure::cancelled};
    const std::int64_t left_ms = (deadline_us_ - steady_now_us()) / 1000;
    if (left_ms <= 0) throw WebFailure{Failure::timed_out};
    return left_ms;
}

void WebChannel::wait(short events) const {
    for (;;) {
        const std::int64_t left_ms = check();
        pollfd watched{socket_.get(), events, 0};
        const int ready =
            ::poll(&watched, 1, static_cast<int>(std::min(left_ms, look_interval_ms)));
        if (ready > 0) return;
        if (ready < 0 && errno != EINTR) throw WebFailure{Failure::unreachable};
    }
}

void WebChannel::connect(const ResolvedAddress& address) {
    socket_ = FileDescriptor(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
    if (!socket_.valid()) throw WebFailure{Failure::unreachable};
    if (::connect(socket_.get(), where, address.size) == 0) return;
    if (errno != EINPROGRESS) throw WebFailure{Failure::unreachable};
    wait(POLLOUT);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) throw WebFailure{Failure::unreachable};
}

void WebChannel::begin_tls(SSL_CTX* context, const std::string& host) {
    tls_.reset(SSL_new(context));
    if (tls_ == nullptr || SSL_set_fd(tls_.get(), socket_.get()) != 1)
        throw WebFailure{Failure::untrusted};
    const bool named =
        is_ip_address(host)
            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str()) == 1
            : set_server_name(tls_.get(), host) && SSL_set1_host(tls_.get(), host.c_str()) == 1;
    if (!named) throw WebFailure{Failure::untrusted};
    for (;;) {
        ERR_clear_error();
        const int result = SSL_connect(tls_.get());
        if (result == 1) return;
        wait_for_tls(result, Failure::untrusted);
    }
}

void WebChannel::wait_for_tls(int result, Failure otherwise) const {
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ: wait(POLLIN); return;
        case SSL_ERROR_WANT_WRITE: wait(POLLOUT); return;
        default: throw WebFailure{otherwise};
    }
}

void WebChannel::write(std::string_view bytes) {
    while (!bytes.empty()) {
        check();
        std::size_t written = 0;
        if (tls_ != nullptr) {
            ERR_clear_error();
            const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written);
            if (result != 1) wait_for_tls(result, Failure::broken);
        } else {
            const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN && errno != EINTR) throw WebFailure{Failure::broken};
            if (count < 0) wait(POLLOUT);
            written = count < 0 ? 0 : static_cast<std::size_t>(count);
        }
        bytes.remove_prefix(written);
    }
}

std::size_t WebChannel::read(char* into, std::size_t size) {
    for (;;) {
        check();
        if (tls_ != nullptr) {
            std::size_t count = 0;
            ERR_clear_error();
            const int result = SSL_read_ex(tls_.get(), into, size, &count);
            if (result == 1) return count;
            if (SSL_get_error(tls_.get(), result) == SSL_ERROR_ZERO_RETURN) return 0;
            wait_for_tls(result, Failure::broken);
            continue;
        }
        const auto count = ::recv(socket_.get(), into, size, 0);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EAGAIN && errno != EINTR) throw WebFailure{Failure::broken};
        wait(POLLIN);
    }
}

}  // namespace gavel
