#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gavel {

// How often a number was at most how large. Adding one to it costs a few nanoseconds.
class Histogram {
  public:
    // `bounds`: the upper bounds, ascending; a larger number is counted beyond them. Borrowed.
    explicit Histogram(std::span<const double> bounds)
        : bounds_(bounds), counts_(bounds.size() + 1) {}

    void add(double value);
    // REQUIRES: the same bounds
    void add(const Histogram& other);

    std::span<const double> bounds() const { return bounds_; }
    std::uint64_t count() const { return count_; }
    double sum() const { return sum_; }
    // As many were no larger than the bound.
    std::uint64_t cumulative(std::size_t bound) const;

  private:
    std::span<const double> bounds_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

// How often something took how long, in seconds.
class DurationHistogram : public Histogram {
  public:
    DurationHistogram();
    void add_us(std::int64_t duration_us) { add(static_cast<double>(duration_us) / 1e6); }
    using Histogram::add;
};

// How often something was how many, as of what rides in one batch.
class SizeHistogram : public Histogram {
  public:
    SizeHistogram();
};

// What a process tells Prometheus, made anew whenever it asks. Names and labels are ours, never
// what a client has sent, so that there are only so many of them. Not thread-safe.
class MetricsPage {
  public:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

    MetricsPage();
    ~MetricsPage();
    MetricsPage(const MetricsPage&) = delete;
    MetricsPage& operator=(const MetricsPage&) = delete;

    // A number that only grows, until the process ends. Its name ends in _total.
    void counter(const std::string& name, const std::string& help, const Labels& labels,
                 std::uint64_t value);
    void gauge(const std::string& name, const std::string& help, const Labels& labels,
               double value);
    void histogram(const std::string& name, const std::string& help, const Labels& labels,
                   const Histogram& histogram);

    // In Prometheus' text format.
    std::string text() const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace gavel
