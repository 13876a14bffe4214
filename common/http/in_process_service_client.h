#pragma once

#include <memory>

#include "common/http/json_request_handler.h"
#include "common/http/service_client.h"
#include "common/runtime/deadlines.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// Calls a handler in the same process directly, with the limits and deadlines that HTTP would
// enforce. Borrows the handler for its life, and the scheduler for that of the last call.
class InProcessServiceClient : public ServiceClient {
  public:
    InProcessServiceClient(Scheduler& scheduler, const JSONRequestHandler& handler)
        : deadlines_(std::make_shared<Deadlines>(scheduler)), handler_(handler) {}

    void send(ServiceRequest request, Callback callback) override;

  private:
    std::shared_ptr<Deadlines> deadlines_;  // shared with the calls, which outlive their client
    const JSONRequestHandler& handler_;
};

}  // namespace gavel
