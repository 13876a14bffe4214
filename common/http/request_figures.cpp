#include "common/http/request_figures.h"

namespace gavel {
namespace {

constexpr const char* no_route = "none";

}  // namespace

void RequestFigures::note(std::string_view route, int status, std::int64_t duration_us) {
    if (route.empty()) route = no_route;
    auto known = routes_.find(route);
    if (known == routes_.end()) known = routes_.emplace(std::string(route), Route()).first;
    ++known->second.by_status[status];
    known->second.durations.add_us(duration_us);
}

void RequestFigures::append_to(MetricsPage& page) const {
    for (const auto& [pattern, route] : routes_) {
        for (const auto& [status, count] : route.by_status) {
            page.counter(
                "gavel_http_requests_total", "Requests answered, by route and status.",
                {{"service", service_}, {"route", pattern}, {"status", std::to_string(status)}},
                count);
        }
    }
    for (const auto& [pattern, route] : routes_) {
        page.histogram("gavel_http_request_duration_seconds",
                       "From the last byte of a request to its answer; of a stream, to its head.",
                       {{"service", service_}, {"route", pattern}}, route.durations);
    }
}

}  // namespace gavel
