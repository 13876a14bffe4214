// Membership changes, one server at a time: thesis 4.1 and 4.2.

#include <utility>

#include "consensus/raft/mutant.h"
#include "consensus/raft/raft_core.h"

namespace gavel::raft {

Proposed RaftCore::change_membership(const MembershipChange& change) {
    Proposed answer;
    answer.leader = leader_;
    const auto refuse = [&answer](Refusal refusal, std::string why) {
        answer.refusal = refusal;
        answer.why = std::move(why);
        return answer;
    };
    if (!is_leader()) return refuse(Refusal::not_leader, "this server is not the leader");
    if (transfer_target_ != no_node) {
        return refuse(Refusal::transferring, "leadership is being handed over");
    }
    // Otherwise two leaders of different terms may decide with majorities that do not overlap.
    if (!committed_own_term() && !mutated(Mutant::change_before_own_commit)) {
        return refuse(Refusal::not_ready, "the leader has not committed an entry of its term yet");
    }
    if (change_is_pending() && !mutated(Mutant::change_before_own_commit)) {
        return refuse(Refusal::change_pending, "another change is not committed yet");
    }
    if (change.kind == MembershipChange::Kind::promote) {
        // A voter that is far behind could stop the cluster from committing (thesis 4.2.1).
        const auto* progress = peer(change.id);
        if (progress != nullptr &&
            (progress->state() != Progress::State::replicate ||
             progress->match() + config_.promote_lag_entries < log_.last_index())) {
            return refuse(Refusal::invalid, "the server has not caught up yet");
        }
    }
    std::string why;
    auto changed = membership().after(change, why);
    if (!changed) return refuse(Refusal::invalid, why);
    answer.index = log_.last_index() + 1;
    answer.term = hard_.term;
    append_own(EntryKind::membership, Payload(changed->encode()));
    add_membership(answer.index, std::move(*changed));
    return answer;
}

// In force from now on, committed or not (thesis 4.1).
void RaftCore::add_membership(Index index, Membership membership) {
    memberships_.emplace_back(index, std::move(membership));
    membership_changed();
}

void RaftCore::drop_memberships_from(Index index) {
    bool dropped = false;
    while (memberships_.size() > 1 && memberships_.back().first >= index) {
        memberships_.pop_back();
        dropped = true;
    }
    if (dropped) membership_changed();
}

void RaftCore::membership_changed() {
    voters_ = membership().voters();
    if (!is_leader()) return;
    std::erase_if(peers_,
                  [this](const auto& peer) { return membership().find(peer.first) == nullptr; });
    for (const auto& member : membership().members()) {
        if (member.id == config_.id || peer(member.id) != nullptr) continue;
        peers_.emplace_back(member.id,
                            Progress(log_.last_index() + 1, ticks_, config_.max_inflight_messages,
                                     config_.max_inflight_bytes));
    }
    if (transfer_target_ != no_node && !membership().is_voter(transfer_target_)) {
        transfer_target_ = no_node;
    }
}

// A leader that is removed leads until that is committed, without counting itself (thesis 4.2.2).
void RaftCore::step_down_if_removed() {
    if (change_is_pending() || membership().is_voter(config_.id)) return;
    flush_all();  // the others hear that it is committed
    become_follower(hard_.term, no_node);
}

const Membership& RaftCore::membership_at(Index index) const {
    auto at = memberships_.size() - 1;
    while (at > 0 && memberships_[at].first > index) --at;
    return memberships_[at].second;
}

}  // namespace gavel::raft
