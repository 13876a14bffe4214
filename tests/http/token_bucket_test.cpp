#include "common/http/token_bucket.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace gavel {
namespace {

constexpr std::int64_t second_us = 1'000'000;

TEST_CASE("a bucket lets through a burst, then as many as fall into it") {
    struct Row {
        std::int64_t at_us;
        bool allowed;
        std::uint64_t remaining;
        std::int64_t retry_after_us;
    };
    const Row rows[] = {
        {0, true, 2, 0},
        {0, true, 1, 0},
        {0, true, 0, 0},
        {0, false, 0, second_us / 2},
        {499'999, false, 0, 1},
        {500'000, true, 0, 0},
        {500'000, false, 0, second_us / 2},
        {1'500'000, true, 1, 0},
        {1'500'000, true, 0, 0},
        {100 * second_us, true, 2, 0},  // no more than the burst, however long the silence
    };
    TokenBucket bucket;
    const RateLimit limit{2, 3};
    for (const auto& row : rows) {
        CAPTURE(row.at_us);
        const auto verdict = bucket.take(limit, row.at_us);
        CHECK(verdict.allowed == row.allowed);
        CHECK(verdict.remaining == row.remaining);
        CHECK(verdict.retry_after_us == row.retry_after_us);
    }
}

TEST_CASE("what is refused costs nothing") {
    TokenBucket bucket;
    const RateLimit limit{1, 1};
    CHECK(bucket.take(limit, 0).allowed);
    for (int i = 0; i < 1'000; ++i) CHECK_FALSE(bucket.take(limit, second_us - 1).allowed);
    CHECK(bucket.take(limit, second_us).allowed);
}

TEST_CASE("over any time no more are allowed than the burst and what fell in") {
    for (const auto& limit : {RateLimit{1, 1}, RateLimit{10, 1}, RateLimit{3, 50},
                              RateLimit{1'000'000, 7}, RateLimit{7, 1'000'000}}) {
        CAPTURE(limit.per_second);
        TokenBucket bucket;
        std::uint64_t allowed = 0;
        for (std::int64_t at_us = 0; at_us <= second_us; at_us += 1'000) {
            for (int i = 0; i < 5; ++i) allowed += bucket.take(limit, at_us).allowed ? 1 : 0;
        }
        // A token is a whole number of microseconds.
        CHECK(allowed <= limit.burst + limit.per_second + limit.per_second / 100 + 1);
    }
}

TEST_CASE("when a bucket is full again") {
    TokenBucket bucket;
    const RateLimit limit{2, 4};
    CHECK(bucket.take(limit, 0).full_after_us == second_us / 2);
    CHECK(bucket.take(limit, 0).full_after_us == second_us);
    CHECK(bucket.take(limit, second_us).full_after_us == second_us / 2);
}

}  // namespace
}  // namespace gavel
