#pragma once

#include <memory>
#include <string>

#include "common/http/json_request_handler.h"
#include "common/identity/identity.h"
#include "consensus/raft/driver/raft_handler.h"
#include "consensus/raft/driver/raft_node.h"
#include "services/auction/auction_handler.h"
#include "services/runner/decision_handler.h"
#include "services/runner/replicated_house.h"

namespace gavel {

// What a Raft node serves on its port: `/raft/…`, and on every node the auction service's own
// routes, `/decisions` and, for coordinators, `/two_phase/…`, which take the cluster's secret.
// Writes are the leader's; another node passes them on, once. Reads are answered here, as far as
// this node has come, or with
// `?level=linearizable` when it has everything that was acknowledged before. Each answer says in
// `Gavel-Leader` who leads: "self", or its URL.
//
// Loop thread only. Borrows the node.
class RaftFrontHandler : public JSONRequestHandler {
  public:
    RaftFrontHandler(raft::RaftNode& node, const raft::RaftHandler& raft, Identity identity);
    ~RaftFrontHandler() override;

    // The node has opened: its auctions can be served.
    void serve(ReplicatedHouse& house);
    // Who answers coordinators of two-phase commit; null when this node does not lead. Borrowed.
    void participate(const JSONRequestHandler* participant) { participant_ = participant; }

    void append_to(MetricsPage& page) const {
        if (auctions_ != nullptr) auctions_->append_to(page);
    }

  protected:
    void handle_unmatched(const JSONRequest& request, const Responder& respond) const override;

  private:
    Response live(const JSONRequest& request);
    Response ready(const JSONRequest& request);
    Response book(const JSONRequest& request);

    void write(const JSONRequest& request, const Responder& respond) const;
    void read(const JSONRequest& request, const Responder& respond) const;
    // The same answer, with who leads.
    Responder naming_leader(const Responder& respond) const;
    std::string leader() const;

    raft::RaftNode& node_;
    const raft::RaftHandler& raft_;
    const Identity identity_;
    // Who answers it here.
    void answer(const JSONRequest& request, const Responder& respond) const;

    ReplicatedHouse* house_ = nullptr;
    std::unique_ptr<auction::AuctionHandler> auctions_;
    std::unique_ptr<DecisionHandler> decisions_;
    const JSONRequestHandler* participant_ = nullptr;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
