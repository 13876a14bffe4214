#pragma once

#include "common/http/json_request_handler.h"
#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// Calls a handler in the same process directly, with the limits and deadlines that HTTP would
// enforce. Borrows both for its life.
class InProcessServiceClient : public ServiceClient {
  public:
    InProcessServiceClient(Scheduler& scheduler, const JSONRequestHandler& handler)
        : scheduler_(scheduler), handler_(handler) {}

    void send(ServiceRequest request, Callback callback) override;

  private:
    Scheduler& scheduler_;
    const JSONRequestHandler& handler_;
};

}  // namespace gavel
