#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gavel {

// How often something took how long.
class DurationHistogram {
  public:
    // The upper bounds, in seconds; what takes longer than the last is counted beyond them.
    static constexpr double bounds_s[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
    static constexpr std::size_t bound_count = sizeof bounds_s / sizeof *bounds_s;

    void add_us(std::int64_t duration_us);

    std::uint64_t count() const { return count_; }
    double sum_s() const { return static_cast<double>(sum_us_) / 1e6; }
    // As many took no longer than the bound.
    std::uint64_t cumulative(std::size_t bound) const;

  private:
    std::uint64_t counts_[bound_count + 1] = {};
    std::uint64_t count_ = 0;
    std::int64_t sum_us_ = 0;
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
                   const DurationHistogram& durations);

    // In Prometheus' text format.
    std::string text() const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace gavel
