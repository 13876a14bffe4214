#include "common/web/web_client.h"

#include <netdb.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "common/http/field_syntax.h"
#include "common/http/network_address.h"
#include "common/http/response_parser.h"
#include "common/limits.h"
#include "common/web/web_channel.h"

namespace gavel {
namespace {

using Failure = WebAnswer::Failure;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// Those of the host's addresses that may be called.
std::vector<ResolvedAddress> addresses_of(const WebURL& url, bool allow_private) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(url.port);
    if (::getaddrinfo(url.host.c_str(), port.c_str(), &hints, &found) != 0) {
        throw WebFailure{Failure::not_found};
    }
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    std::vector<ResolvedAddress> addresses;
    for (const auto* item = found; item != nullptr; item = item->ai_next) {
        ResolvedAddress address;
        if (item->ai_addrlen > sizeof address.storage) continue;
        std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
        address.size = item->ai_addrlen;
        const bool allowed = allow_private || is_public(address.storage);
        if (allowed && addresses.size() < limits::max_web_addresses) addresses.push_back(address);
    }
    if (addresses.empty()) throw WebFailure{Failure::private_address};
    return addresses;
}

void connect_to_one(WebChannel& channel, const std::vector<ResolvedAddress>& addresses) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        try {
            channel.connect(addresses[i]);
            return;
        } catch (const WebFailure& failure) {
            const bool last = i + 1 == addresses.size();
            if (last || failure.why != Failure::unreachable) throw;
        }
    }
}

std::string request_bytes(const WebPost& post) {
    std::string bytes = "POST " + post.url.target + " HTTP/1.1\r\nHost: " + post.url.authority() +
                        "\r\nContent-Length: " + std::to_string(post.body.size()) +
                        "\r\nConnection: close";
    for (const auto& [name, value] : post.headers) {
        if (is_token(name) && is_field_value(value)) bytes += "\r\n" + name + ": " + value;
    }
    return bytes + "\r\n\r\n" + post.body;
}

int read_status(WebChannel& channel) {
    ResponseParser parser;
    std::array<char, 4096> buffer;
    while (parser.state() == ResponseParser::State::head) {
        const std::size_t count = channel.read(buffer.data(), buffer.size());
        if (count == 0) break;
        parser.feed({buffer.data(), count});
    }
    const bool has_head = parser.state() == ResponseParser::State::body ||
                          parser.state() == ResponseParser::State::complete;
    if (!has_head) throw WebFailure{Failure::broken};
    return parser.status();
}

}  // namespace

const char* to_string(Failure failure) {
    switch (failure) {
        case Failure::not_found: return "its name has no address";
        case Failure::private_address: return "its address is in a private network";
        case Failure::unreachable: return "it cannot be reached";
        case Failure::untrusted: return "its certificate cannot be trusted";
        case Failure::timed_out: return "it did not answer in time";
        case Failure::broken: return "it gave no proper answer";
        case Failure::cancelled: return "the call was cancelled";
        case Failure::none: break;
    }
    return "it answered";
}

void WebClient::Free::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

WebClient::WebClient() : tls_(SSL_CTX_new(TLS_client_method())) {
    if (tls_ == nullptr || SSL_CTX_set_default_verify_paths(tls_.get()) != 1 ||
        SSL_CTX_set_min_proto_version(tls_.get(), TLS1_2_VERSION) != 1) {
        throw std::runtime_error("TLS is not available in this OpenSSL");
    }
    SSL_CTX_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
    // Written piece by piece; the bytes of a second try are the same, but elsewhere in memory.
    SSL_CTX_set_mode(tls_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

WebAnswer WebClient::post(const WebPost& post, const std::atomic<bool>& cancelled) const {
    try {
        WebChannel channel(WebChannel::steady_now_us() + post.time_limit_ms * 1000, cancelled);
        connect_to_one(channel, addresses_of(post.url, post.allow_private));
        if (post.url.https) channel.begin_tls(tls_.get(), post.url.host);
        channel.write(request_bytes(post));
        return {Failure::none, read_status(channel)};
    } catch (const WebFailure& failure) {
        return {failure.why, 0};
    }
}

}  // namespace gavel
