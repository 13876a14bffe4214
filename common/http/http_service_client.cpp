#include "common/http/http_service_client.h"

#include <netdb.h>

#include <algorithm>
#include <cstring>

#include "common/http/request_text.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::int64_t idle_check_ms = 5'000;
// Containers move: an address is asked for again after this time, and after every failure.
constexpr std::int64_t address_lifetime_us = 5'000'000;

std::shared_ptr<const ResolvedAddress> look_up(const ServiceURL& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(url.port);
    if (::getaddrinfo(url.host.c_str(), port.c_str(), &hints, &found) != 0) return nullptr;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    auto address = std::make_shared<ResolvedAddress>();
    std::memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    return address;
}

}  // namespace

HTTPServiceClient::HTTPServiceClient(EventLoop& loop, Executor& resolver, ServiceURL url)
    : loop_(loop), resolver_(resolver), url_(std::move(url)) {
    idle_timer_ = loop_.call_after_ms(idle_check_ms, [this] { close_idle(); });
}

HTTPServiceClient::~HTTPServiceClient() {
    *alive_ = false;
    loop_.cancel(idle_timer_);
    idle_.clear();
    for (const auto& [key, connection] : std::exchange(all_, {})) connection->abort();
    for (const auto& [key, connection] : std::exchange(streams_, {})) connection->abort();
}

void HTTPServiceClient::send(ServiceRequest request, Callback callback) {
    if (request.body.size() > limits::max_body_bytes ||
        request.target.size() > limits::max_target_bytes) {
        callback({ServiceFailure::too_large, {}});
        return;
    }
    if (waiting_.size() >= limits::max_queued_requests) {
        callback({ServiceFailure::overloaded, {}});
        return;
    }
    const auto call = std::make_shared<Call>();
    const std::int64_t timeout_ms = request.timeout_ms;
    call->request = std::move(request);
    call->callback = std::move(callback);
    call->client = this;
    deadlines_.set(*call, timeout_ms);
    waiting_.push_back(call);
    start_waiting();
}

void HTTPServiceClient::time_out(const CallPointer& call) {
    std::erase(waiting_, call);
    if (call->connection != nullptr) call->connection->abort();
    finish(call, {ServiceFailure::timed_out, {}});
}

void HTTPServiceClient::start_waiting() {
    while (!waiting_.empty()) {
        std::shared_ptr<ClientConnection> connection;
        const bool kept = !idle_.empty();
        if (kept) {
            connection = std::move(idle_.back());
            idle_.pop_back();
        } else {
            if (all_.size() >= limits::max_pooled_connections) return;
            if (address_ == nullptr || loop_.now_us() > address_expires_us_) {
                resolve();
                return;
            }
            connection = std::make_shared<ClientConnection>(
                loop_, [this, alive = alive_](const auto& freed, bool reusable) {
                    if (*alive) released(freed, reusable);
                });
            all_.emplace(connection.get(), connection);
            connection->connect(*address_);
        }
        const CallPointer call = std::move(waiting_.front());
        waiting_.pop_front();
        carry(call, connection, kept);
    }
}

void HTTPServiceClient::carry(const CallPointer& call,
                              const std::shared_ptr<ClientConnection>& connection, bool kept) {
    call->connection = connection;
    std::string text;
    append_request_text(text, call->request, url_.authority(), call->retried);
    connection->exchange(std::move(text), call->request.method == "HEAD",
                         [this, alive = alive_, call, kept](ClientConnection::Exchange exchange) {
                             if (*alive) answered(call, std::move(exchange), kept);
                         });
}

void HTTPServiceClient::resolve() {
    if (resolving_) return;
    resolving_ = resolver_.submit([this, alive = alive_, url = url_, &loop = loop_] {
        auto address = look_up(url);
        loop.post([this, alive, address = std::move(address)] {
            if (*alive) resolved(address);
        });
    });
    if (!resolving_) resolved(nullptr);
}

void HTTPServiceClient::resolved(std::shared_ptr<const ResolvedAddress> address) {
    resolving_ = false;
    address_ = std::move(address);
    address_expires_us_ = loop_.now_us() + address_lifetime_us;
    if (address_ != nullptr) {
        start_waiting();
        return;
    }
    const auto failed = std::exchange(waiting_, {});
    for (const auto& call : failed) finish(call, {ServiceFailure::unreachable, {}});
}

void HTTPServiceClient::released(const std::shared_ptr<ClientConnection>& connection,
                                 bool reusable) {
    if (reusable) {
        idle_.push_back(connection);
    } else {
        std::erase(idle_, connection);
        all_.erase(connection.get());
        streams_.erase(connection.get());
    }
    if (!waiting_.empty()) {
        loop_.post([this, alive = alive_] {
            if (*alive) start_waiting();
        });
    }
}

void HTTPServiceClient::answered(const CallPointer& call, ClientConnection::Exchange exchange,
                                 bool kept) {
    const auto connection = std::exchange(call->connection, nullptr);
    if (exchange.failure == ServiceFailure::none) {
        if (exchange.response.stream) leave_pool(connection);
        finish(call, {ServiceFailure::none, std::move(exchange.response)});
        return;
    }
    if (exchange.failure == ServiceFailure::unreachable) address_ = nullptr;
    const bool safe = !exchange.was_sent || call->request.repeatable;
    if (kept && safe && !call->retried) {
        call->retried = true;
        call->was_sent = exchange.was_sent;
        // Over a new connection: what closed this one has most likely closed its neighbours.
        for (const auto& idle : std::exchange(idle_, {})) idle->abort();
        waiting_.push_front(call);
        start_waiting();
        return;
    }
    finish(call, {exchange.failure, {}});
}

// A stream lasts as long as its reader likes, so it takes no place that other requests need.
void HTTPServiceClient::leave_pool(const std::shared_ptr<ClientConnection>& connection) {
    streams_.emplace(connection.get(), connection);
    all_.erase(connection.get());
    loop_.post([this, alive = alive_] {
        if (*alive) start_waiting();
    });
}

void HTTPServiceClient::finish(const CallPointer& call, ServiceResult result) {
    if (!call->callback) return;
    deadlines_.drop(*call);
    // That the second try did not get through does not unsay the first.
    if (call->was_sent && result.failure == ServiceFailure::unreachable) {
        result.failure = ServiceFailure::lost;
    }
    const auto callback = std::exchange(call->callback, nullptr);
    callback(std::move(result));
}

void HTTPServiceClient::close_idle() {
    const std::int64_t oldest_us = loop_.now_us() - limits::client_idle_ms * 1000;
    const auto idle = idle_;
    for (const auto& connection : idle) {
        if (connection->idle_since_us() < oldest_us) connection->abort();
    }
    idle_timer_ = loop_.call_after_ms(idle_check_ms, [this] { close_idle(); });
}

}  // namespace gavel
