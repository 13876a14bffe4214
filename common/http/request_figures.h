#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/http/route_figures.h"
#include "common/metrics/metrics_page.h"

namespace gavel {

// How the requests of a service were answered: each route has its own figures, which are listed
// here once it was asked for. What matched no route is counted as one. Loop thread only.
class RequestFigures {
  public:
    explicit RequestFigures(std::string service) : service_(std::move(service)) {}

    // `route`: null when there is none.
    void note(const std::shared_ptr<RouteFigures>& route, int status, std::int64_t duration_us);

    void append_to(MetricsPage& page) const;

  private:
    std::string service_;
    std::vector<std::shared_ptr<RouteFigures>> routes_;
    std::shared_ptr<RouteFigures> none_ = std::make_shared<RouteFigures>("none", "none");
};

}  // namespace gavel
