#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consensus/raft/raft_core.h"

namespace gavel::raft::testing {

// A few cores on disks that never fail and a network that delivers when it is told to: for tests
// that follow the paper step by step.
class Cluster {
  public:
    struct Node {
        std::unique_ptr<RaftCore> core;
        Restored disk;
        std::vector<Entry> applied;
        std::vector<ReadState> reads;
        bool disk_stalls = false;  // what is to be persisted waits
        std::optional<PersistBatch> saving;
        std::string snapshot_data;
        std::string staged;
    };

    explicit Cluster(std::size_t servers, Config config = {});

    RaftCore& operator[](NodeId id) { return *nodes_.at(id).core; }
    Node& node(NodeId id) { return nodes_.at(id); }
    std::deque<Message>& network() { return network_; }

    // Takes what the core wants done and does it; messages go to the network.
    void pump(NodeId id);
    void finish_persist(NodeId id);
    // Delivers until nothing is under way. A message for which `lost` is true disappears.
    void settle();
    std::function<bool(const Message&)> lost;

    void elect(NodeId id);
    void tick(NodeId id, int times = 1);
    void restart(NodeId id);
    void add_empty(NodeId id);
    Proposed propose(NodeId id, const std::string& command);
    // A snapshot of the applied state of `id`, kept with nothing before it.
    void compact(NodeId id, std::uint64_t keep_entries = 0);
    std::vector<std::string> commands_applied(NodeId id) const;

  private:
    Config config_;
    std::map<NodeId, Node> nodes_;
    std::deque<Message> network_;
    std::uint64_t seed_ = 1;
};

}  // namespace gavel::raft::testing
