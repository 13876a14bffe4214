// Elections: paper 5.2 and 5.4.1; PreVote, thesis 9.6; CheckQuorum, thesis 6.2.

#include <algorithm>
#include <cassert>

#include "consensus/raft/mutant.h"
#include "consensus/raft/raft_core.h"

namespace gavel::raft {

// A new random timeout each time, so that split votes are rare and do not repeat (paper 5.2).
void RaftCore::reset_election_timer() {
    election_elapsed_ = 0;
    election_timeout_ = static_cast<std::uint32_t>(
        random_.between(config_.election_ticks_min, config_.election_ticks_max));
}

// A voter may, and also one whose removal is not committed: it may be the only one that can still
// commit it (thesis 4.2.2).
bool RaftCore::may_campaign() const {
    if (membership().is_voter(config_.id)) return true;
    return change_is_pending() && memberships_.size() > 1 &&
           memberships_[memberships_.size() - 2].second.is_voter(config_.id);
}

bool RaftCore::in_lease() const {
    return is_leader() || (leader_ != no_node && election_elapsed_ < config_.election_ticks_min);
}

void RaftCore::campaign() {
    if (!is_leader() && may_campaign()) start_pre_vote();
}

// PreVote: nobody's term rises until a majority says that an election could be won. A server that
// was cut off for a while so does not depose a working leader (thesis 9.6).
void RaftCore::start_pre_vote() {
    become_follower(hard_.term, no_node);
    role_ = Role::pre_candidate;
    tally_.clear();
    ask_for_votes(MessageType::pre_vote_request, hard_.term + 1, false);
    count_vote(config_.id, true);
}

// Figure 2, rules for candidates.
void RaftCore::start_election(bool transfer) {
    become_follower(hard_.term, no_node);
    role_ = Role::candidate;
    hard_ = {hard_.term + 1, config_.id};
    tally_.clear();  // the own vote is counted when it is on disk: persisted()
    reset_election_timer();
    ask_for_votes(MessageType::vote_request, hard_.term, transfer);
}

void RaftCore::ask_for_votes(MessageType type, Term term, bool transfer) {
    for (const auto voter : voters_) {
        if (voter == config_.id) continue;
        auto request = message_to(voter, type);
        request.term = term;
        request.log = log_.last();
        request.transfer = transfer;
        if (type == MessageType::pre_vote_request) {
            send(std::move(request));
        } else {
            send_when_durable(std::move(request), 0);
        }
    }
}

LogPosition RaftCore::last_for_votes() const {
    if (mutated(Mutant::vote_against_empty_log) && log_.holds_no_entries()) return {};
    return log_.last();
}

// Figure 2, RequestVote, 2. A pre-vote is answered the same way and leaves no trace.
void RaftCore::handle_vote_request(const Message& message) {
    const bool is_pre_vote = message.type == MessageType::pre_vote_request;
    const bool not_promised =
        hard_.vote == message.from || (hard_.vote == no_node && leader_ == no_node) ||
        (is_pre_vote && message.term > hard_.term) || mutated(Mutant::second_leader_accepted);
    const bool grant = not_promised && message.log.at_least_as_up_to_date_as(last_for_votes());

    auto answer = message_to(
        message.from, is_pre_vote ? MessageType::pre_vote_response : MessageType::vote_response);
    answer.reject = !grant;
    if (grant && is_pre_vote) answer.term = message.term;
    if (grant && !is_pre_vote) {
        hard_.vote = message.from;
        reset_election_timer();
    }
    if (is_pre_vote) {
        send(std::move(answer));
    } else {
        send_when_durable(std::move(answer), 0);
    }
}

void RaftCore::handle_vote_response(const Message& message) {
    const bool is_pre_vote = message.type == MessageType::pre_vote_response;
    if (role_ != (is_pre_vote ? Role::pre_candidate : Role::candidate)) return;
    if (is_pre_vote && !message.reject && message.term != hard_.term + 1) return;
    count_vote(message.from, !message.reject);
}

void RaftCore::count_vote(NodeId voter, bool granted) {
    tally_.record(voter, granted);
    switch (tally_.result(voters_)) {
        case VoteResult::pending: return;
        case VoteResult::won:
            if (role_ == Role::pre_candidate) return start_election(false);
            return become_leader();
        case VoteResult::lost: return become_follower(hard_.term, no_node);
    }
}

// Figure 2, rules for leaders; the no-op is what lets it commit, and so learn, what earlier terms
// left (paper 5.4.2 and 8).
void RaftCore::become_leader() {
    assert(role_ == Role::candidate);
    role_ = Role::leader;
    leader_ = config_.id;
    heartbeat_elapsed_ = 0;
    transfer_target_ = no_node;
    uncommitted_bytes_ = 0;
    for (auto index = commit_ + 1; index <= log_.last_index(); ++index) {
        uncommitted_bytes_ += log_.at(index).cost_bytes();
    }
    membership_changed();
    append_own(EntryKind::no_op, {});
}

void RaftCore::tick_leader() {
    if (!quorum_heard_within(config_.election_ticks_max)) {
        return become_follower(hard_.term, no_node);
    }
    if (transfer_target_ != no_node && ++transfer_elapsed_ >= config_.election_ticks_min) {
        transfer_target_ = no_node;  // the target is too slow: this leader goes on (thesis 3.10)
    }
    if (++heartbeat_elapsed_ < config_.heartbeat_ticks) return;
    heartbeat_elapsed_ = 0;
    for (auto& [id, progress] : peers_) {
        progress.heartbeat_due = true;
        progress.ask_again();
    }
}

bool RaftCore::quorum_heard_within(std::uint64_t ticks) const {
    std::size_t heard = membership().is_voter(config_.id) ? 1 : 0;
    for (const auto& [id, progress] : peers_) {
        if (progress.heard_within(ticks, ticks_) && membership().is_voter(id)) ++heard;
    }
    return heard >= majority_of(voters_.size());
}

}  // namespace gavel::raft
