#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "consensus/raft/types.h"

namespace gavel::raft {

// What an operator says about one node.
struct NodeSettings {
    NodeId id = no_node;
    std::map<NodeId, std::string> peers;  // where each node is, this one too
    bool joining = false;                 // to be added to a cluster that is there
    std::string data_dir;
    std::int64_t heartbeat_ms = 1'000;
    std::int64_t election_min_ms = 1'500;
    std::int64_t election_max_ms = 3'000;
    std::string token;  // shared by the cluster; "" when there is none
    bool log_data = false;
    std::uint64_t snapshot_interval_entries = 200'000;
};

}  // namespace gavel::raft
