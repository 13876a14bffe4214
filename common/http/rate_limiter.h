#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/http/address_set.h"
#include "common/http/json_request.h"
#include "common/http/response.h"
#include "common/http/token_bucket.h"
#include "common/limits.h"
#include "common/metrics/metrics_page.h"

namespace gavel {

// Lets each client ask as often as the limit allows. A client is an address, and in IPv6 a network
// of 64 bits, since one household has all of those. Loop thread only.
class RateLimiter {
  public:
    struct Options {
        RateLimit limit;
        // Who is believed when it says in X-Forwarded-For whose request it passes on.
        AddressSet trusted_proxies = AddressSet();
        std::size_t max_clients = limits::max_rate_limited_clients;
    };

    explicit RateLimiter(Options options) : options_(std::move(options)) {}

    // Counts the request.
    TokenBucket::Verdict take(const JSONRequest& request, std::int64_t now_us);
    // 429, when a request was not allowed.
    Response refusal(const TokenBucket::Verdict& verdict) const;
    // RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers).
    void describe(const TokenBucket::Verdict& verdict, Response& response) const;

    // Whose request it is.
    std::string client_of(const JSONRequest& request) const;
    void append_to(MetricsPage& page) const;

  private:
    struct Client {
        std::string name;
        TokenBucket bucket;
    };
    TokenBucket& bucket_of(const std::string& client);

    const Options options_;
    std::list<Client> newest_first_;
    std::unordered_map<std::string, std::list<Client>::iterator> buckets_;
    std::uint64_t refused_ = 0;
};

}  // namespace gavel
