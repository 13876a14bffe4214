#include "services/gateway/service_probes.h"

#include <utility>

#include "common/limits.h"

namespace gavel::gateway {

ServiceProbes::ServiceProbes(Scheduler& scheduler, std::vector<Service> services)
    : scheduler_(scheduler), services_(std::move(services)) {
    for (const auto& service : services_) findings_.push_back({service.name, false, 0});
}

void ServiceProbes::read(Callback callback) {
    const std::int64_t now_us = scheduler_.now_us();
    const bool fresh = answered_us_ != 0 && now_us < answered_us_ + limits::probe_keep_ms * 1000;
    if (open_questions_ == 0 && (fresh || services_.empty())) {
        callback(findings_);
        return;
    }
    waiting_.push_back(std::move(callback));
    if (open_questions_ > 0) return;
    asked_us_ = now_us;
    // Counted before any of them is asked: an answer may come at once.
    open_questions_ = services_.size();
    for (std::size_t service = 0; service < services_.size(); ++service) ask(service);
}

void ServiceProbes::ask(std::size_t service) {
    ServiceRequest request;
    request.method = "GET";
    request.target = "/readyz";
    request.timeout_ms = limits::probe_timeout_ms;
    request.repeatable = true;
    services_[service].client.send(
        std::move(request), [this, alive = alive_, service](const ServiceResult& result) {
            if (!*alive) return;
            findings_[service].healthy = result.ok() && result.response.status == 200;
            findings_[service].latency_us = scheduler_.now_us() - asked_us_;
            if (--open_questions_ == 0) finish();
        });
}

void ServiceProbes::finish() {
    answered_us_ = scheduler_.now_us();
    for (const auto& callback : std::exchange(waiting_, {})) callback(findings_);
}

}  // namespace gavel::gateway
