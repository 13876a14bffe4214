#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace gavel::evaluation {

// Counts durations in buckets whose width grows with the value: below 256 ns each has its own, then
// every power of two is cut into 128, so that a value is told to within 1/128 of it. Recording
// costs the same whatever is recorded, and histograms of several runs add up without loss (the
// idea of HdrHistogram). Not thread-safe.
class LatencyHistogram {
  public:
    // Negative durations count as 0, those beyond 2^63 ns cannot be.
    void record(std::int64_t duration_ns);
    void add(const LatencyHistogram& other);

    std::uint64_t count() const { return count_; }
    // Exact. 0 when nothing was recorded.
    std::int64_t max_ns() const { return max_ns_; }
    double mean_ns() const;
    // Nearest rank: the smallest duration that `share` (0..1) of all do not exceed, rounded up to
    // the end of its bucket, and never beyond max_ns(). 0 when nothing was recorded.
    std::int64_t percentile_ns(double share) const;

    // Count, mean, percentiles and maximum in microseconds, and "buckets": [upper end in
    // microseconds, count] of each that is not empty.
    nlohmann::ordered_json json() const;

    static std::size_t bucket_of(std::int64_t duration_ns);
    // The largest duration that a bucket holds.
    static std::int64_t upper_end_ns(std::size_t bucket);

  private:
    std::vector<std::uint64_t> buckets_;  // up to the highest that was needed
    std::uint64_t count_ = 0;
    std::int64_t max_ns_ = 0;
    double sum_ns_ = 0;
};

}  // namespace gavel::evaluation
