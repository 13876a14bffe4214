#include "common/http/rate_limiter.h"

#include <arpa/inet.h>

#include <algorithm>

#include "common/http/field_syntax.h"

namespace gavel {
namespace {

constexpr std::size_t max_address_bytes = 45;
constexpr int household_bytes = 8;  // of an IPv6 address

std::int64_t whole_seconds(std::int64_t time_us) {
    return (time_us + 999'999) / 1'000'000;
}

// One bucket for each IPv4 address and each IPv6 network of 64 bits.
std::string household_of(std::string_view address) {
    const std::string text(address.substr(0, max_address_bytes));
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return text;
    std::fill(std::begin(bytes.s6_addr) + household_bytes, std::end(bytes.s6_addr), 0);
    char buffer[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, &bytes, buffer, sizeof buffer);
    return buffer;
}

// Fields of one name are one list (RFC 9110, section 5.3).
std::string forwarded_for(const Headers& headers) {
    std::string list;
    for (const auto& [name, value] : headers) {
        if (!equal_ignoring_case(name, "X-Forwarded-For")) continue;
        if (!list.empty()) list += ',';
        list += value;
    }
    return list;
}

}  // namespace

std::string RateLimiter::client_of(const JSONRequest& request) const {
    std::string_view client = request.peer();
    const std::string forwarded = forwarded_for(request.headers());
    std::string_view chain = forwarded;
    // Each proxy has added, at the end, who asked it: as far as they are trusted, one goes back.
    while (!chain.empty() && options_.trusted_proxies.contains(client)) {
        const auto comma = chain.rfind(',');
        client =
            without_outer_blanks(chain.substr(comma == std::string_view::npos ? 0 : comma + 1));
        chain = chain.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
    return household_of(client);
}

TokenBucket& RateLimiter::bucket_of(const std::string& client) {
    const auto known = buckets_.find(client);
    if (known != buckets_.end()) {
        newest_first_.splice(newest_first_.begin(), newest_first_, known->second);
        return known->second->bucket;
    }
    if (buckets_.size() >= options_.max_clients) {
        buckets_.erase(newest_first_.back().name);
        newest_first_.pop_back();
    }
    newest_first_.push_front({client, {}});
    buckets_.emplace(client, newest_first_.begin());
    return newest_first_.front().bucket;
}

TokenBucket::Verdict RateLimiter::take(const JSONRequest& request, std::int64_t now_us) {
    const auto verdict = bucket_of(client_of(request)).take(options_.limit, now_us);
    refused_ += verdict.allowed ? 0 : 1;
    return verdict;
}

Response RateLimiter::refusal(const TokenBucket::Verdict& verdict) const {
    auto response = JSONResponse::error(429, "too many requests, try again later");
    const auto wait_s = std::max<std::int64_t>(1, whole_seconds(verdict.retry_after_us));
    response.headers.set("Retry-After", std::to_string(wait_s));
    return response;
}

void RateLimiter::append_to(MetricsPage& page) const {
    page.counter("gavel_rate_limited_total", "Requests refused with 429.", {}, refused_);
    page.gauge("gavel_rate_limit_clients", "Clients whose requests are counted.", {},
               static_cast<double>(buckets_.size()));
}

void RateLimiter::describe(const TokenBucket::Verdict& verdict, Response& response) const {
    const auto& limit = options_.limit;
    const auto window_s = std::max<std::uint64_t>(1, limit.burst / limit.per_second);
    response.headers.set("RateLimit-Policy", "\"default\";q=" + std::to_string(limit.burst) +
                                                 ";w=" + std::to_string(window_s));
    response.headers.set("RateLimit", "\"default\";r=" + std::to_string(verdict.remaining) + ";t=" +
                                          std::to_string(whole_seconds(verdict.full_after_us)));
}

}  // namespace gavel
