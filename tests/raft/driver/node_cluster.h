#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "consensus/raft/driver/raft_handler.h"
#include "consensus/raft/driver/raft_node.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"

namespace gavel::raft::testing {

// The state of a test's state machine: the commands so far. Its snapshot is their list.
class CommandList : public StateMachine {
  public:
    void apply(const std::vector<Entry>& entries) override;
    void restore(const SnapshotMeta& meta, const std::string& data) override;
    void make_snapshot(Index index, SnapshotMade made) override;

    const std::vector<std::string>& commands() const { return commands_; }
    int restores = 0;

  private:
    std::vector<std::string> commands_;
    Index last_index_ = 0;
};

// Whole nodes on one thread: real files, HTTP handlers called directly, a clock that the test
// moves. Node N is at "http://node-N:9001".
class NodeCluster {
  public:
    struct Node {
        NodeSettings settings;
        std::unique_ptr<CommandList> machine;
        std::unique_ptr<RaftNode> node;
        std::unique_ptr<RaftHandler> handler;
        std::vector<std::string> fatal;

        bool leads() const {
            return node->driver() != nullptr && node->driver()->core().role() == Role::leader;
        }
    };

    explicit NodeCluster(std::size_t nodes);

    // Settings that a test may change before start().
    NodeSettings& settings(NodeId id) { return settings_[id]; }
    Node& start(NodeId id);
    void stop(NodeId id) { nodes_.erase(id); }
    void start_all();
    Node& operator[](NodeId id) { return *nodes_.at(id); }
    bool runs(NodeId id) const { return nodes_.count(id) > 0; }
    void wipe(NodeId id);
    std::string folder(NodeId id) const;

    // Messages from one to the other are lost, as are answers.
    void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
    void isolate(NodeId id);
    void heal() { cuts_.clear(); }

    // Lets time pass until the condition holds; fails the test after a minute of it.
    void run_until(const std::function<bool()>& condition);
    void run_ms(std::int64_t ms);
    // Waits for exactly one leader among the nodes that run.
    NodeId wait_for_leader();
    // Proposes at the leader and waits until every node that runs has applied it.
    void propose(const std::string& command);
    void wait_for_commands(const std::vector<std::string>& commands);

    // What a node answers to a request.
    std::shared_ptr<const gavel::testing::RecordedAnswer> ask(NodeId id, std::string method,
                                                              std::string target,
                                                              std::string body = {},
                                                              Headers headers = {});
    gavel::testing::ManualScheduler scheduler;

  private:
    class Link;

    gavel::testing::TemporaryDirectory directory_;
    std::map<NodeId, NodeSettings> settings_;
    std::map<NodeId, std::unique_ptr<Node>> nodes_;
    std::set<std::pair<NodeId, NodeId>> cuts_;
};

}  // namespace gavel::raft::testing
