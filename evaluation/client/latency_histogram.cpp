#include "evaluation/client/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gavel::evaluation {
namespace {

constexpr int precision_bits = 7;
constexpr std::size_t half = std::size_t{1} << precision_bits;

}  // namespace

std::size_t LatencyHistogram::bucket_of(std::int64_t duration_ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 0));
    const int shift = std::max(static_cast<int>(std::bit_width(value)) - (precision_bits + 1), 0);
    // value >> shift is below 2 * half, and at least half when shift is not 0: the buckets of one
    // power of two follow those of the one before.
    return static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(value >> shift);
}

std::int64_t LatencyHistogram::upper_end_ns(std::size_t bucket) {
    if (bucket < 2 * half) return static_cast<std::int64_t>(bucket);
    const auto shift = static_cast<int>(bucket / half) - 1;
    const std::uint64_t place = bucket - static_cast<std::size_t>(shift) * half;
    return static_cast<std::int64_t>(((place + 1) << shift) - 1);
}

void LatencyHistogram::record(std::int64_t duration_ns) {
    const std::size_t bucket = bucket_of(duration_ns);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    ++count_;
    max_ns_ = std::max(max_ns_, duration_ns);
    sum_ns_ += static_cast<double>(std::max<std::int64_t>(duration_ns, 0));
}

void LatencyHistogram::add(const LatencyHistogram& other) {
    if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
    for (std::size_t bucket = 0; bucket < other.buckets_.size(); ++bucket) {
        buckets_[bucket] += other.buckets_[bucket];
    }
    count_ += other.count_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
    sum_ns_ += other.sum_ns_;
}

double LatencyHistogram::mean_ns() const {
    return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_);
}

std::int64_t LatencyHistogram::percentile_ns(double share) const {
    // 0.999 * 1000 is 999.0000000000001: a hair must not move the rank.
    const double wanted = std::ceil(share * static_cast<double>(count_) - 1e-9);
    const auto rank = static_cast<std::uint64_t>(std::max(wanted, 1.0));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= rank) return std::min(upper_end_ns(bucket), max_ns_);
    }
    return max_ns_;
}

nlohmann::ordered_json LatencyHistogram::json() const {
    const auto us = [](double ns) { return std::round(ns) / 1e3; };
    const auto percentile_us = [&](double share) {
        return us(static_cast<double>(percentile_ns(share)));
    };
    nlohmann::ordered_json told = {{"count", count_},
                                   {"mean_us", us(mean_ns())},
                                   {"p50_us", percentile_us(0.5)},
                                   {"p90_us", percentile_us(0.9)},
                                   {"p99_us", percentile_us(0.99)},
                                   {"p99_9_us", percentile_us(0.999)},
                                   {"max_us", us(static_cast<double>(max_ns_))}};
    auto& buckets = told["buckets"] = nlohmann::ordered_json::array();
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        if (buckets_[bucket] == 0) continue;
        buckets.push_back({us(static_cast<double>(upper_end_ns(bucket))), buckets_[bucket]});
    }
    return told;
}

}  // namespace gavel::evaluation
