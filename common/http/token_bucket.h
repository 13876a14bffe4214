#pragma once

#include <cstdint>

namespace gavel {

// So many requests a second on average, and so many at once after a silence.
struct RateLimit {
    std::uint64_t per_second = 0;
    std::uint64_t burst = 0;
};

// What one client has left of its limit: a bucket of `burst` tokens into which `per_second` fall
// each second, kept as the one moment at which it will be full (the generic cell rate algorithm,
// ITU-T I.371). Times are microseconds on any steady clock. Pure.
class TokenBucket {
  public:
    struct Verdict {
        bool allowed = false;
        std::uint64_t remaining = 0;      // requests that would be allowed now
        std::int64_t retry_after_us = 0;  // when it was not allowed
        std::int64_t full_after_us = 0;
    };

    // Takes one token if there is one. REQUIRES: per_second and burst are above 0
    Verdict take(const RateLimit& limit, std::int64_t now_us);

  private:
    std::int64_t full_at_us_ = 0;
};

}  // namespace gavel
