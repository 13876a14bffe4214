#pragma once

#include <string>

#include "common/http/service_client.h"
#include "consensus/two_phase_commit/driver/decision_store.h"

namespace gavel {

// The decision table in the replicated log of the auction tier: several coordinators share it, and
// one that is gone blocks nobody for longer than the log's next election. Every command may be
// repeated, so one whose answer was lost is sent again. Loop thread only.
class RaftDecisionStore : public two_phase::DecisionStore {
  public:
    // Borrows the client, which finds the leader (ClusterServiceClient). `token`: the cluster's
    // secret, "" when it has none.
    RaftDecisionStore(ServiceClient& nodes, std::string token)
        : nodes_(nodes), token_(std::move(token)) {}

    void apply(two_phase::DecisionCommand command, Applied done) override;
    void list(Listing what, Listed done) override;

  private:
    ServiceRequest request(std::string method, std::string target, std::string body) const;

    ServiceClient& nodes_;
    const std::string token_;
};

}  // namespace gavel
