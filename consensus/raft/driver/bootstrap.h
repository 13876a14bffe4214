#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/runtime/scheduler.h"
#include "consensus/raft/driver/node_identity.h"
#include "consensus/raft/driver/peer_links.h"

namespace gavel::raft {

// What a server says of itself to another one, before either trusts the other.
struct Hello {
    NodeId node_id = no_node;
    std::string disk_id;
    std::string peers;       // its RAFT_PEERS
    std::string cluster_id;  // "" while it belongs to none
    bool joining = false;    // it wants to be added to a cluster that is there

    nlohmann::json to_json() const;
    // Throws std::runtime_error when it is no greeting.
    static Hello from_json(const nlohmann::json& json);
};

// The request that brings a greeting to another server.
ServiceRequest hello_request(const Hello& self, const Headers& caller);
// Why the other refused for good (409, 401); nothing when it did not.
std::optional<std::string> refusal_in(const ServiceResult& result);

// Finds out which cluster this server belongs to, when its disk does not know yet.
//
// A cluster begins when all servers of RAFT_PEERS have told each other which disks they have: the
// disks are its initial membership, and its id follows from them. So a server whose disk was lost
// cannot slip into its old place: the others know its disk. A server that joins later asks those
// that are there (RAFT_JOIN).
//
// Loop thread only.
class Bootstrap {
  public:
    struct Found {
        std::string cluster_id;
        Membership initial;  // empty for a server that joins
    };
    using Done = std::function<void(const Found&)>;
    using Refused = std::function<void(const std::string& why)>;

    Bootstrap(Scheduler& scheduler, PeerLinks& links, Headers headers, Hello self,
              std::map<NodeId, std::string> peers);
    ~Bootstrap();
    Bootstrap(const Bootstrap&) = delete;
    Bootstrap& operator=(const Bootstrap&) = delete;

    // Asks until it is known; then one of the two is called, once.
    void start(Done done, Refused refused);

    // Why a greeting from another server cannot be right; "" when it can.
    std::string contradiction(const Hello& other) const;
    std::string waits_for() const;

  private:
    void ask_missing();
    void answered(NodeId peer, const ServiceResult& result);
    void take(NodeId peer, const nlohmann::json& answer);
    void finish_if_complete();

    Scheduler& scheduler_;
    PeerLinks& links_;
    const Headers headers_;
    const Hello self_;
    const std::map<NodeId, std::string> peers_;
    Done done_;
    Refused refused_;
    std::map<NodeId, std::string> disks_;  // by node, as each said itself
    TimerId again_;
    bool finished_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// The initial members as a greeting's answer carries them, and back.
nlohmann::json members_to_json(const Membership& membership);
Membership members_from_json(const nlohmann::json& json);

}  // namespace gavel::raft
