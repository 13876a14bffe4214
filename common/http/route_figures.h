#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/metrics/metrics_page.h"

namespace gavel {

// How the requests of one route were answered and how long that took. A route has it from the
// start, so that counting looks nothing up. Loop thread only.
class RouteFigures {
  public:
    // The pattern is one of ours, never what a client has sent.
    RouteFigures(std::string method, std::string pattern)
        : method_(std::move(method)), pattern_(std::move(pattern)) {}

    void note(int status, std::int64_t duration_us);

    // True the first time: whoever asks lists the route.
    bool is_new() { return !std::exchange(listed_, true); }

    const std::string& method() const { return method_; }
    const std::string& pattern() const { return pattern_; }
    // The status and how often it was answered, in the order in which they came up.
    const std::vector<std::pair<int, std::uint64_t>>& by_status() const { return by_status_; }
    const DurationHistogram& durations() const { return durations_; }

    // Adds what another one of the same route has counted.
    void add(const RouteFigures& other);

  private:
    std::uint64_t& count_of(int status);

    std::string method_;
    std::string pattern_;
    std::vector<std::pair<int, std::uint64_t>> by_status_;
    DurationHistogram durations_;
    bool listed_ = false;
};

}  // namespace gavel
