#include "evaluation/client/latency_histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace gavel::evaluation {
namespace {

constexpr std::int64_t longest_ns = std::numeric_limits<std::int64_t>::max();

TEST_CASE("Every duration is in the one bucket whose ends enclose it") {
    std::vector<std::int64_t> durations = {0, 1, 127, 128, 255, 256, 257, 511, 512, longest_ns};
    for (int power = 9; power < 62; ++power) {
        for (const std::int64_t off : {-1, 0, 1}) durations.push_back((1LL << power) + off);
    }
    for (const auto duration : durations) {
        CAPTURE(duration);
        const auto bucket = LatencyHistogram::bucket_of(duration);
        CHECK(LatencyHistogram::upper_end_ns(bucket) >= duration);
        if (bucket > 0) CHECK(LatencyHistogram::upper_end_ns(bucket - 1) < duration);
    }
}

TEST_CASE("No bucket is wider than 1/128 of what is in it") {
    const auto last = LatencyHistogram::bucket_of(longest_ns);
    for (std::size_t bucket = 1; bucket <= last; ++bucket) {
        const auto low = LatencyHistogram::upper_end_ns(bucket - 1) + 1;
        const auto width = LatencyHistogram::upper_end_ns(bucket) - low + 1;
        REQUIRE(width <= std::max<std::int64_t>(low / 128, 1));
    }
}

TEST_CASE("Below 256 ns percentiles are exact, by nearest rank") {
    LatencyHistogram histogram;
    for (std::int64_t ns = 1; ns <= 100; ++ns) histogram.record(ns);
    CHECK(histogram.percentile_ns(0) == 1);
    CHECK(histogram.percentile_ns(0.5) == 50);
    CHECK(histogram.percentile_ns(0.501) == 51);
    CHECK(histogram.percentile_ns(0.99) == 99);
    CHECK(histogram.percentile_ns(1) == 100);
    CHECK(histogram.mean_ns() == doctest::Approx(50.5));
}

TEST_CASE("A rank is not moved by a hair of binary arithmetic") {
    LatencyHistogram histogram;
    for (std::int64_t i = 0; i < 1000; ++i) histogram.record(i < 999 ? 10 : 200);
    CHECK(histogram.percentile_ns(0.999) == 10);
}

TEST_CASE("Percentiles are those of the sorted durations, rounded up by less than 1/128") {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> distribution(12, 2);  // around 160 us, a long tail
    LatencyHistogram histogram;
    std::vector<std::int64_t> durations;
    for (int i = 0; i < 20'000; ++i) {
        durations.push_back(std::llround(distribution(random)));
        histogram.record(durations.back());
    }
    std::sort(durations.begin(), durations.end());
    for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        CAPTURE(share);
        const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000 - 1e-9));
        const auto exact = durations[rank - 1];
        CHECK(histogram.percentile_ns(share) >= exact);
        CHECK(histogram.percentile_ns(share) <= exact + exact / 128 + 1);
    }
    CHECK(histogram.percentile_ns(1) == durations.back());
}

TEST_CASE("Two histograms add up to that of all durations") {
    LatencyHistogram left;
    LatencyHistogram right;
    LatencyHistogram both;
    for (std::int64_t i = 0; i < 1000; ++i) {
        (i % 3 == 0 ? left : right).record(i * i * 17);
        both.record(i * i * 17);
    }
    left.add(right);
    CHECK(left.json() == both.json());
}

TEST_CASE("Without durations everything is 0") {
    const LatencyHistogram histogram;
    CHECK(histogram.count() == 0);
    CHECK(histogram.percentile_ns(0.99) == 0);
    CHECK(histogram.json().at("mean_us") == 0);
    CHECK(histogram.json().at("buckets").empty());
}

TEST_CASE("A duration below 0 counts as 0") {
    LatencyHistogram histogram;
    histogram.record(-5);
    CHECK(histogram.count() == 1);
    CHECK(histogram.percentile_ns(1) == 0);
    CHECK(histogram.mean_ns() == 0);
}

TEST_CASE("JSON has microseconds, and each bucket that is not empty") {
    LatencyHistogram histogram;
    histogram.record(200);
    histogram.record(200);
    histogram.record(1'000'000);
    const auto told = histogram.json();
    CHECK(told.at("count") == 3);
    CHECK(told.at("p50_us") == 0.2);
    CHECK(told.at("max_us") == 1000);
    REQUIRE(told.at("buckets").size() == 2);
    CHECK(told.at("buckets")[0] == nlohmann::ordered_json({0.2, 2}));
}

}  // namespace
}  // namespace gavel::evaluation
