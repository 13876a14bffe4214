#include "common/http/request_figures.h"

#include <map>
#include <utility>

namespace gavel {

void RequestFigures::note(const std::shared_ptr<RouteFigures>& route, int status,
                          std::int64_t duration_us) {
    const auto& figures = route != nullptr ? route : none_;
    if (figures->is_new()) routes_.push_back(figures);
    figures->note(status, duration_us);
}

void RequestFigures::append_to(MetricsPage& page) const {
    // A handler that was made anew has its routes a second time.
    std::map<std::pair<std::string, std::string>, RouteFigures> merged;
    for (const auto& route : routes_) {
        const auto& method = route->method();
        const auto& pattern = route->pattern();
        const auto place =
            merged.try_emplace({pattern, method}, method, pattern).first;  // all zeros
        place->second.add(*route);
    }
    for (const auto& [name, route] : merged) {
        MetricsPage::Labels labels{
            {"service", service_}, {"method", route.method()}, {"route", route.pattern()}};
        page.histogram("gavel_http_request_duration_seconds",
                       "From the last byte of a request to its answer; of a stream, to its head.",
                       labels, route.durations());
        for (const auto& [status, count] : route.by_status()) {
            auto with_status = labels;
            with_status.emplace_back("status", std::to_string(status));
            page.counter("gavel_http_requests_total", "Requests answered, by route and status.",
                         with_status, count);
        }
    }
}

}  // namespace gavel
