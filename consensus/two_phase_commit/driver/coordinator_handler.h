#pragma once

#include "common/http/json_request_handler.h"
#include "consensus/two_phase_commit/driver/coordinator_driver.h"

namespace gavel::two_phase {

// A coordinator over HTTP.
//
//     POST /transactions                {"kind": "create" | "close", "auction_id": …, …}
//     GET  /transactions                newest first; ?limit= and ?before= for the next page
//     GET  /transactions/<id>
//     POST /transactions/<id>/inquiry   {"participant": …}, from one in doubt
//     GET  /livez, /readyz
//
// The whole body of a POST /transactions goes to the participants as the transaction's payload.
// It is answered with 200 {"transaction_id", "decision": "commit", "results": {participant: …}}
// when the answering participants have done it. A refusal has the status that the participant
// gave it, {"error", "transaction_id", "participant"} and its "answer"; 503 with Retry-After says
// that somebody did not answer and nothing was changed anywhere; 504, that it is not known yet.
// Requests with one Idempotency-Key (or Gavel-Session, which gateways add) are one transaction, on
// any coordinator of the same store; with another body that is 422.
//
// What changes something, and inquiries, need the cluster's token where there is one.
// Loop thread only. Borrows the driver.
class CoordinatorHandler : public JSONRequestHandler {
  public:
    CoordinatorHandler(CoordinatorDriver& driver);

  private:
    void begin(const JSONRequest& request, const Responder& respond);
    void list(const JSONRequest& request, const Responder& respond);
    void show(const JSONRequest& request, const Responder& respond);
    void inquire(const JSONRequest& request, const Responder& respond);
    Response livez(const JSONRequest& request);
    Response readyz(const JSONRequest& request);

    void check_caller(const JSONRequest& request) const;
    nlohmann::json record_json(const DecisionRecord& record) const;

    CoordinatorDriver& driver_;
};

}  // namespace gavel::two_phase
