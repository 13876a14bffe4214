// Linearizable reads without the log: ReadIndex, thesis 6.4.

#include "consensus/raft/limits.h"
#include "consensus/raft/mutant.h"
#include "consensus/raft/raft_core.h"

namespace gavel::raft {

Proposed RaftCore::read(std::uint64_t context) {
    Proposed answer;
    answer.leader = leader_;
    if (is_leader()) {
        answer.refusal = add_read({config_.id, context, incarnation_});
        if (answer.refusal != Refusal::none) answer.why = "too many reads wait";
    } else if (leader_ == no_node) {
        answer.refusal = Refusal::not_leader;
        answer.why = "no leader is known";
    } else {
        auto request = message_to(leader_, MessageType::read_index_request);
        request.context = context;
        request.incarnation = incarnation_;
        send(std::move(request));
    }
    return answer;
}

Refusal RaftCore::add_read(const WaitingRead& read) {
    if (reads_.size() >= limits::max_waiting_reads) return Refusal::overloaded;
    if (mutated(Mutant::lease_read_after_pause) && committed_own_term() &&
        quorum_heard_within(config_.election_ticks_min)) {
        answer_read(read, commit_);
        return Refusal::none;
    }
    reads_.add(read);
    maybe_begin_round();
    return Refusal::none;
}

// Until an entry of its own term is committed, a leader may not know what is committed (6.4, 1).
bool RaftCore::committed_own_term() const {
    return is_leader() && log_.term_at(commit_) == hard_.term;
}

// Every server is asked to confirm that this one still leads; what waits shares the question.
void RaftCore::maybe_begin_round() {
    if (!is_leader() || !reads_.wants_round()) return;
    if (!committed_own_term() && !mutated(Mutant::read_before_own_commit)) return;
    reads_.begin_round(commit_);
    for (auto& [id, progress] : peers_) progress.heartbeat_due = true;
    maybe_end_round();
}

void RaftCore::maybe_end_round() {
    if (!reads_.round_open()) return;
    std::size_t confirmed = membership().is_voter(config_.id) ? 1 : 0;
    for (const auto& [id, progress] : peers_) {
        if (progress.confirmed_round() >= reads_.round() && membership().is_voter(id)) ++confirmed;
    }
    if (confirmed < majority_of(voters_.size())) return;
    const auto index = reads_.index();
    for (const auto& read : reads_.end_round()) answer_read(read, index);
    maybe_begin_round();
}

void RaftCore::answer_read(const WaitingRead& read, Index index) {
    if (read.from == config_.id) {
        read_states_.push_back({read.context, true, index});
        return;
    }
    auto answer = message_to(read.from, MessageType::read_index_response);
    answer.context = read.context;
    answer.incarnation = read.incarnation;
    answer.commit = index;
    send(std::move(answer));
}

void RaftCore::handle_read_index_request(const Message& message) {
    const auto refusal = is_leader()
                             ? add_read({message.from, message.context, message.incarnation})
                             : Refusal::not_leader;
    if (refusal == Refusal::none) return;
    auto answer = message_to(message.from, MessageType::read_index_response);
    answer.context = message.context;
    answer.incarnation = message.incarnation;
    answer.reject = true;
    send(std::move(answer));
}

void RaftCore::handle_read_index_response(const Message& message) {
    if (message.incarnation != incarnation_) return;  // asked before a restart
    read_states_.push_back({message.context, !message.reject, message.commit});
}

void RaftCore::fail_reads() {
    for (const auto& read : reads_.clear()) {
        if (read.from == config_.id) read_states_.push_back({read.context, false, 0});
    }
}

}  // namespace gavel::raft
