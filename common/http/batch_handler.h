#pragma once

#include "common/http/json_request_handler.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// A service's handler that takes batches of requests, too (message_batch.h). Each request of a
// batch is handled as if it had come alone.
//
// The batch is answered at the end of the turn in which the first of its requests was, which is
// when most were: whole, if all were. Else, and after limits::batch_patience_ms at the latest, the
// answer is a stream to which each further one is added when it comes, so that one that takes long
// holds up no other. Loop thread only; borrows scheduler and handler.
class BatchHandler : public JSONRequestHandler {
  public:
    BatchHandler(Scheduler& scheduler, const JSONRequestHandler& inner);

    void handle(JSONRequest request, Responder respond) const override;

  private:
    void handle_batch(const JSONRequest& request, const Responder& respond) const;

    Scheduler& scheduler_;
    const JSONRequestHandler& inner_;
};

}  // namespace gavel
