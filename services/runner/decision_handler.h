#pragma once

#include "common/http/json_request_handler.h"
#include "services/runner/replicated_house.h"

namespace gavel {

// The decision table of a Raft node, for coordinators (raft_decision_store.h). Bodies are the
// records of consensus/two_phase_commit, which are text.
//
//     POST /decisions                              a command; its outcome, once it is in the log
//     GET  /decisions?unfinished=1&limit=          records that are not finished, oldest first
//     GET  /decisions?before_us=&limit=            the newest ones, newest first
//
// Loop thread only. Borrows the house.
class DecisionHandler : public JSONRequestHandler {
  public:
    explicit DecisionHandler(ReplicatedHouse& house);

  private:
    void apply(const JSONRequest& request, const Responder& respond);
    Response list(const JSONRequest& request);

    ReplicatedHouse& house_;
};

}  // namespace gavel
