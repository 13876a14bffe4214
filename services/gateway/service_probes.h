#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"

namespace gavel::gateway {

// Whether the services behind the gateway can serve, by their own account (`GET /readyz`). Asks
// all of them at once when somebody wants to know; whoever asks meanwhile, or within
// limits::probe_keep_ms after the last answer, is told the same, so that any number of watchers
// costs the services one question a second.
//
// Loop thread only. Borrows scheduler and clients.
class ServiceProbes {
  public:
    struct Service {
        std::string name;  // as it is shown
        ServiceClient& client;
    };
    struct Finding {
        std::string name;
        bool healthy = false;
        std::int64_t latency_us = 0;  // of the answer; of the wait when there was none
    };
    using Callback = std::function<void(const std::vector<Finding>&)>;

    ServiceProbes(Scheduler& scheduler, std::vector<Service> services);
    ~ServiceProbes() { *alive_ = false; }
    ServiceProbes(const ServiceProbes&) = delete;
    ServiceProbes& operator=(const ServiceProbes&) = delete;

    // Calls back within limits::probe_timeout_ms, perhaps before it returns.
    void read(Callback callback);

  private:
    void ask(std::size_t service);
    void finish();

    Scheduler& scheduler_;
    std::vector<Service> services_;
    std::vector<Finding> findings_;  // in the order of the services
    std::int64_t asked_us_ = 0;
    std::int64_t answered_us_ = 0;  // by the last of them; 0: not asked yet
    std::size_t open_questions_ = 0;
    std::vector<Callback> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
