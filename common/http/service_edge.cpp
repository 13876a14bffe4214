#include "common/http/service_edge.h"

#include "common/http/problem_details.h"

namespace gavel {
namespace {

// What is behind the limit: the API in both dialects. Health checks, /metrics and the dashboard's
// files are not.
bool is_limited(std::string_view path) {
    return path.starts_with("/api/") || path.starts_with("/auction.");
}

}  // namespace

std::optional<Response> ServiceEdge::begin(JSONRequest& request, Asked& asked,
                                           std::int64_t now_us) {
    asked.began_us = now_us;
    asked.route->reset();
    request.note_route_in(asked.route);
    asked.wants_problem = wants_problem(request.headers());
    asked.rate.reset();
    const bool reads = request.method() == "GET" || request.method() == "HEAD";
    if (reads && request.path() == metrics_->pattern()) {
        *asked.route = metrics_;
        Response response;
        response.headers.set("Content-Type", MetricsPage::content_type);
        response.body = parts_.metrics_text();
        return response;
    }
    if (parts_.limiter == nullptr || !is_limited(request.path())) return std::nullopt;
    asked.rate = parts_.limiter->take(request, now_us);
    if (asked.rate->allowed) return std::nullopt;
    return parts_.limiter->refusal(*asked.rate);
}

void ServiceEdge::finish(const Asked& asked, const std::string& request_id, Response& response,
                         std::int64_t now_us) {
    figures_.note(*asked.route, response.status, now_us - asked.began_us);
    if (asked.wants_problem) make_problem(response, request_id, parts_.unix_us());
    if (asked.rate) parts_.limiter->describe(*asked.rate, response);
}

}  // namespace gavel
