#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/runtime/scheduler.h"
#include "consensus/raft/driver/raft_handler.h"
#include "consensus/raft/driver/raft_node.h"
#include "services/runner/participation.h"
#include "services/runner/raft_front_handler.h"
#include "services/runner/replicated_house.h"

namespace gavel {

// One node of the replicated auction tier, wired: Raft with the auction book on top, and their
// HTTP side. Loop thread only.
class RaftService {
  public:
    struct Options {
        raft::NodeSettings node;
        std::function<std::int64_t()> unix_now_us;
        std::function<void(const std::string&)> on_fatal;
        // As a participant of two-phase commit; nothing when there are no coordinators.
        std::optional<Participation::Options> participant;
        Identity identity = {};
    };

    // Throws a sentence that says what to do when the data cannot be used.
    RaftService(Scheduler& scheduler, const Options& options,
                const raft::PeerLinks::MakeClient& make_client);
    ~RaftService();
    RaftService(const RaftService&) = delete;
    RaftService& operator=(const RaftService&) = delete;

    void start() { node_.start(); }

    // Hands leadership over if this node leads; true when there is something to wait for.
    bool hand_over_leadership();
    bool leads();
    // Answers those who wait for news, since none will come.
    void shut_down();

    const JSONRequestHandler& handler() const { return front_; }
    void append_to(MetricsPage& page);

  private:
    raft::StateMachine& open(const raft::RaftNode::Opening& opening);
    ServiceClient* next_node();
    void leadership_changed();

    Scheduler& scheduler_;
    const Options options_;
    std::unique_ptr<ReplicatedHouse> house_;
    raft::RaftNode node_;
    raft::RaftHandler raft_handler_;
    RaftFrontHandler front_;
    // While this node leads: it takes up what the book has prepared, and answers for it.
    std::unique_ptr<Participation> participation_;
    raft::Term participating_term_ = 0;
    raft::NodeId last_asked_ = raft::no_node;
};

}  // namespace gavel
