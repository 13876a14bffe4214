// Leadership transfer: thesis 3.10.

#include "consensus/raft/raft_core.h"

namespace gavel::raft {

Proposed RaftCore::transfer_leadership(NodeId target) {
    Proposed answer;
    answer.leader = leader_;
    const auto refuse = [&answer](Refusal refusal, const char* why) {
        answer.refusal = refusal;
        answer.why = why;
        return answer;
    };
    if (!is_leader()) return refuse(Refusal::not_leader, "this server is not the leader");
    if (transfer_target_ != no_node) {
        return refuse(Refusal::transferring, "leadership is being handed over");
    }
    if (target == config_.id) return refuse(Refusal::invalid, "this server leads already");
    if (!membership().is_voter(target)) return refuse(Refusal::invalid, "the target is no voter");
    transfer_target_ = target;
    transfer_elapsed_ = 0;
    maybe_finish_transfer();
    return answer;
}

// Once the target has the whole log, it is told not to wait for its election timeout.
void RaftCore::maybe_finish_transfer() {
    if (transfer_target_ == no_node) return;
    const auto* progress = peer(transfer_target_);
    if (progress == nullptr || progress->match() != log_.last_index()) return;
    send(message_to(transfer_target_, MessageType::timeout_now));
}

void RaftCore::handle_timeout_now(const Message& message) {
    if (is_leader() || message.from != leader_ || !may_campaign()) return;
    start_election(true);
}

}  // namespace gavel::raft
