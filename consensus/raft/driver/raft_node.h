#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/raft/driver/bootstrap.h"
#include "consensus/raft/driver/node_identity.h"
#include "consensus/raft/driver/node_settings.h"
#include "consensus/raft/driver/peer_links.h"
#include "consensus/raft/driver/raft_driver.h"
#include "consensus/raft/driver/sqlite_raft_storage.h"

namespace gavel::raft {

// One server of a cluster, wired: its identity, its disk, the driver and the links to the others.
// It is open once it knows its cluster; until then there is no driver.
//
// Loop thread only.
class RaftNode {
  public:
    // Makes the state machine when the node opens. `restored` holds the data of the snapshot that
    // the disk has, if it has one.
    struct Opening {
        std::string cluster_id;
        std::string storage_path;
        SnapshotMeta snapshot;
        std::optional<std::string> data;
    };
    using MakeMachine = std::function<StateMachine&(const Opening&)>;
    // What the node is put into: tests have threads and connections of their own.
    struct Surroundings {
        Scheduler& scheduler;
        PeerLinks::MakeClient make_client;
        std::function<std::unique_ptr<Executor>()> make_disk_executor;
    };

    // Throws a sentence that says what to do when the data folder cannot be used.
    RaftNode(const Surroundings& surroundings, const NodeSettings& settings,
             MakeMachine make_machine);
    ~RaftNode();
    RaftNode(const RaftNode&) = delete;
    RaftNode& operator=(const RaftNode&) = delete;

    // The node must end: its disk failed, or others refuse it.
    void on_fatal(std::function<void(const std::string&)> callback) {
        on_fatal_ = std::move(callback);
    }
    // The node has opened.
    void on_open(std::function<void()> callback) { on_open_ = std::move(callback); }
    // Role, term or leader are others than before.
    void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

    void start();

    NodeId id() const { return settings_.id; }
    const NodeSettings& settings() const { return settings_; }
    // "" while the node waits to know it.
    const std::string& cluster_id() const { return identity_.cluster_id(); }
    // Null until the node is open.
    RaftDriver* driver() { return driver_.get(); }
    PeerLinks& links() { return links_; }
    const NodeIdentity& identity() const { return identity_; }
    // What it waits for before it opens, for /readyz.
    std::string waits_for() const;

    // ---- between nodes ---------------------------------------------------------------------
    struct Verdict {
        int status = 200;
        std::string why;  // when refused
    };
    // Whether a caller that says these headers of itself may speak to this node at all.
    Verdict admit(const Headers& headers, NodeId& from) const;
    bool has_token(const Headers& headers) const;
    // Steps a bundle of a server that was admitted. Throws MalformedRecord; then nothing was taken.
    void receive(const std::string& bundle, NodeId from);
    // Answers another node's greeting: 200 with what this node is, or 409 with why not.
    Response greet(const Hello& other) const;
    Hello self() const;
    // The headers of this node's own requests to others.
    Headers caller_headers() const;

    // When this node last saw an election end, Unix time in ms; 0: never.
    std::int64_t last_election_ms() const { return last_election_ms_; }

  private:
    void open(const Bootstrap::Found& found);
    void open_storage(const Membership& initial);
    void greet_members();
    void follow_membership();
    void promote_learners();
    void fail(const std::string& why);

    const NodeSettings settings_;
    Scheduler& scheduler_;
    std::function<std::unique_ptr<Executor>()> make_disk_executor_;
    MakeMachine make_machine_;
    std::function<void(const std::string&)> on_fatal_;
    std::function<void()> on_open_;
    std::function<void()> on_change_;

    std::string storage_path_;
    NodeIdentity identity_;
    PeerLinks links_;
    std::unique_ptr<Bootstrap> bootstrap_;
    std::unique_ptr<SqliteRaftStorage> storage_;
    Membership initial_;
    std::unique_ptr<Executor> disk_;
    std::unique_ptr<RaftDriver> driver_;
    Membership followed_;  // that the links reach
    std::int64_t last_election_ms_ = 0;
    Term told_term_ = 0;
    NodeId told_leader_ = no_node;
    TimerId follow_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::raft
