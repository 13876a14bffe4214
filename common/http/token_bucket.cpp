#include "common/http/token_bucket.h"

#include <algorithm>

namespace gavel {

TokenBucket::Verdict TokenBucket::take(const RateLimit& limit, std::int64_t now_us) {
    // A limit above a million a second is one.
    const std::int64_t token_us =
        std::max<std::int64_t>(1, 1'000'000 / static_cast<std::int64_t>(limit.per_second));
    const std::int64_t whole_us = token_us * static_cast<std::int64_t>(limit.burst);
    const std::int64_t missing_us = std::max<std::int64_t>(0, full_at_us_ - now_us);
    Verdict verdict;
    verdict.allowed = missing_us + token_us <= whole_us;
    const std::int64_t left_us = whole_us - missing_us - (verdict.allowed ? token_us : 0);
    if (verdict.allowed) full_at_us_ = now_us + missing_us + token_us;
    verdict.remaining = static_cast<std::uint64_t>(std::max<std::int64_t>(0, left_us) / token_us);
    verdict.retry_after_us = verdict.allowed ? 0 : missing_us + token_us - whole_us;
    verdict.full_after_us = std::max<std::int64_t>(0, full_at_us_ - now_us);
    return verdict;
}

}  // namespace gavel
