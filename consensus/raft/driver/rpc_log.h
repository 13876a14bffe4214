#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "consensus/raft/message.h"

namespace gavel::raft {

// Decides which calls between servers get a log line, and writes it in the required form:
//
//     Node 2 sends RPC RequestVote to Node 4
//     Node 4 runs RPC RequestVote called by Node 2
//
// Elections, transfers and the beginning of a snapshot always do; heartbeats once an interval,
// since an append without entries also carries commit news, thousands a second; entries when the
// settings ask for it. Loop thread only.
class RPCLog {
  public:
    RPCLog(NodeId self, std::int64_t heartbeat_ms, bool with_data)
        : self_(self), quiet_us_(heartbeat_ms * 500), with_data_(with_data) {}

    void sent(const Message& message, std::int64_t now_us);
    void received(const Message& message, std::int64_t now_us);

  private:
    // True when this call is to be told of.
    bool tells(const Message& message, NodeId peer, bool outgoing, std::int64_t now_us);

    NodeId self_;
    std::int64_t quiet_us_;
    bool with_data_;
    std::map<std::pair<NodeId, bool>, std::int64_t> last_heartbeat_us_;  // by peer and direction
};

// The route that a message takes, "/raft/append_entries" and so on.
const char* route_of(MessageType type);

}  // namespace gavel::raft
