#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/http/json_request.h"
#include "common/http/rate_limiter.h"
#include "common/http/request_figures.h"
#include "common/http/response.h"

namespace gavel {

// What stands between a port and its service, and is the same for all of them: `GET /metrics`,
// counting, the rate limit, and refusals as problem details for who takes them (RFC 9457). Calls
// within a process pass it by. Loop thread only; borrows what it is given.
class ServiceEdge {
  public:
    struct Parts {
        std::string service;                        // in labels
        RateLimiter* limiter = nullptr;             // null: no limit
        std::function<std::string()> metrics_text;  // of the whole process
        std::function<std::int64_t()> unix_us;
    };
    // What a connection remembers of a request until it is answered.
    struct Asked {
        JSONRequest::RouteNote route = std::make_shared<std::shared_ptr<RouteFigures>>();
        std::int64_t began_us = 0;
        bool wants_problem = false;
        std::optional<TokenBucket::Verdict> rate;
    };

    explicit ServiceEdge(Parts parts) : parts_(std::move(parts)), figures_(parts_.service) {}

    // Called with each request before its service is. The answer, if the service need not be asked.
    std::optional<Response> begin(JSONRequest& request, Asked& asked, std::int64_t now_us);
    // Called with its answer before that is sent.
    void finish(const Asked& asked, const std::string& request_id, Response& response,
                std::int64_t now_us);

    const RequestFigures& figures() const { return figures_; }

  private:
    Parts parts_;
    RequestFigures figures_;
    std::shared_ptr<RouteFigures> metrics_ = std::make_shared<RouteFigures>("GET", "/metrics");
};

}  // namespace gavel
