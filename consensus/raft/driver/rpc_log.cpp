#include "consensus/raft/driver/rpc_log.h"

#include "common/logging/logging.h"

namespace gavel::raft {

bool RPCLog::tells(const Message& message, NodeId peer, bool outgoing, std::int64_t now_us) {
    switch (message.type) {
        case MessageType::pre_vote_request:
        case MessageType::vote_request:
        case MessageType::timeout_now: return true;
        case MessageType::snapshot_request: return message.offset == 0;
        case MessageType::append_request: break;
        default: return false;  // an answer is no call
    }
    if (!message.entries.empty()) return with_data_;
    const auto [last, first] = last_heartbeat_us_.try_emplace({peer, outgoing}, now_us);
    if (!first && now_us - last->second < quiet_us_) return false;
    last->second = now_us;
    return true;
}

void RPCLog::sent(const Message& message, std::int64_t now_us) {
    if (!tells(message, message.to, true, now_us)) return;
    service_logger("raft")->info("Node {} sends RPC {} to Node {}", self_, name_of(message.type),
                                 message.to);
}

void RPCLog::received(const Message& message, std::int64_t now_us) {
    if (!tells(message, message.from, false, now_us)) return;
    service_logger("raft")->info("Node {} runs RPC {} called by Node {}", self_,
                                 name_of(message.type), message.from);
}

const char* route_of(MessageType type) {
    switch (type) {
        case MessageType::pre_vote_request:
        case MessageType::pre_vote_response:
        case MessageType::vote_request:
        case MessageType::vote_response: return "/raft/request_vote";
        case MessageType::snapshot_request:
        case MessageType::snapshot_response: return "/raft/install_snapshot";
        case MessageType::timeout_now: return "/raft/timeout_now";
        default: return "/raft/append_entries";
    }
}

}  // namespace gavel::raft
