#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/metrics/metrics_page.h"

namespace gavel {

// How a service's requests were answered, by route and status, and how long that took. Routes are
// patterns of ours; what matched none of them is counted as one. Loop thread only.
class RequestFigures {
  public:
    explicit RequestFigures(std::string service) : service_(std::move(service)) {}

    // `route`: "" when there is none.
    void note(std::string_view route, int status, std::int64_t duration_us);

    void append_to(MetricsPage& page) const;

  private:
    struct Route {
        std::map<int, std::uint64_t> by_status;
        DurationHistogram durations;
    };

    std::string service_;
    std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace gavel
