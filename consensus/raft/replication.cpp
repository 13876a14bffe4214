// Replication and commit: paper 5.3 and 5.4.2; pipelining and the leader's disk, thesis 10.2.1.

#include <algorithm>
#include <cassert>

#include "consensus/raft/limits.h"
#include "consensus/raft/mutant.h"
#include "consensus/raft/raft_core.h"

namespace gavel::raft {

Proposed RaftCore::propose(std::vector<std::string> commands) {
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
    std::size_t bytes = 0;
    for (const auto& command : commands) {
        if (command.size() > limits::max_entry_bytes) {
            return refuse(Refusal::too_large, "a command is above the limit");
        }
        bytes += command.size() + 32;
    }
    // Something always fits when nothing waits, or one large proposal would be refused for ever.
    const auto waiting = log_.last_index() - commit_;
    const bool too_many = waiting + commands.size() > config_.max_uncommitted_entries;
    const bool too_much = uncommitted_bytes_ + bytes > config_.max_uncommitted_bytes;
    if (waiting > 0 && (too_many || too_much)) {
        return refuse(Refusal::overloaded, "too much waits to be committed");
    }
    answer.index = log_.last_index() + 1;
    answer.term = hard_.term;
    for (auto& command : commands) append_own(EntryKind::command, Payload(std::move(command)));
    return answer;
}

// A leader only ever appends to its log (Leader Append-Only, figure 3).
void RaftCore::append_own(EntryKind kind, Payload payload) {
    Entry entry{log_.last_index() + 1, hard_.term, kind, std::move(payload)};
    uncommitted_bytes_ += entry.cost_bytes();
    log_.append(std::move(entry));
}

// ---- at a follower -----------------------------------------------------------------------------

void RaftCore::handle_append_request(Message& message) {
    if (is_leader() || (leader_ != no_node && leader_ != message.from)) {
        // A second leader in one term cannot be (Election Safety, figure 3): it is not believed.
        if (!mutated(Mutant::second_leader_accepted) || is_leader()) return;
    }
    if (role_ != Role::follower) become_follower(hard_.term, message.from);
    leader_ = message.from;
    reset_election_timer();

    auto answer = message_to(message.from, MessageType::append_response);
    answer.round = message.round;
    answer.attempt = message.attempt;
    const auto last_new = message.log.index + message.entries.size();
    if (message.log.index < commit_ && last_new < commit_) {
        // An old message; what it carries is committed here already.
        answer.log.index = commit_;
    } else if (message.log.index >= log_.base().index && !log_.matches(message.log)) {
        answer.reject = true;
        answer.log.index = message.log.index;
        answer.hint = log_.may_agree_up_to(message.log);
        return send_when_durable(std::move(answer), 0);
    } else {
        append_entries(message.entries);
        answer.log.index = last_new;
        const auto known = mutated(Mutant::commit_past_new_entries) ? log_.last_index() : last_new;
        commit_to(std::min(message.commit, known));
    }
    const auto needs = answer.log.index;
    send_when_durable(std::move(answer), needs);
}

// Figure 2, AppendEntries, 3 and 4. Only a conflict cuts the log: the message may be old, and what
// follows it may be acknowledged already.
void RaftCore::append_entries(std::vector<Entry>& entries) {
    for (auto& entry : entries) {
        if (entry.index <= log_.base().index) continue;
        if (log_.matches(entry.position())) continue;
        if (entry.index <= log_.last_index()) {
            if (entry.index <= commit_) {
                throw InvariantBroken("a leader wants to replace the committed entry " +
                                      std::to_string(entry.index));
            }
            log_.truncate_from(entry.index);
            drop_memberships_from(entry.index);
        }
        if (entry.kind == EntryKind::membership) {
            add_membership(entry.index, Membership::decode(entry.payload.view()));
        }
        log_.append(std::move(entry));
    }
    if (mutated(Mutant::truncate_on_match) && !entries.empty() &&
        entries.back().index < log_.last_index() && entries.back().index >= commit_ &&
        entries.back().index > log_.base().index) {
        const auto cut = entries.back().index + 1;
        log_.truncate_from(cut);
        drop_memberships_from(cut);
    }
}

// ---- at the leader -----------------------------------------------------------------------------

void RaftCore::handle_append_response(const Message& message) {
    auto* progress = peer(message.from);
    if (!is_leader() || progress == nullptr) return;
    progress->heard(ticks_);
    progress->confirmed(message.round);
    if (message.reject) {
        // Back to where the logs may agree, a term at a time (paper 5.3, end).
        progress->rejected(message.log.index, log_.may_agree_up_to(message.hint).index,
                           message.attempt);
    } else if (message.log.index <= log_.last_index()) {
        if (progress->accepted(message.log.index)) maybe_commit();
    }
    if (is_leader()) maybe_end_round();
    if (is_leader()) maybe_finish_transfer();
}

// The leader's own log counts once it is on its own disk, though the followers may be sent it
// before (thesis 10.2.1).
Index RaftCore::own_match() const {
    return mutated(Mutant::ack_before_fsync) ? log_.last_index() : log_.stable();
}

// Figure 2, rules for leaders, last: a majority has it, and it is of the leader's own term.
// Entries of earlier terms are committed with it, never by counting (paper 5.4.2, figure 8).
void RaftCore::maybe_commit() {
    std::vector<Index> matches;
    matches.reserve(voters_.size());
    for (const auto voter : voters_) {
        if (voter == config_.id) {
            matches.push_back(own_match());
        } else if (const auto* progress = peer(voter)) {
            matches.push_back(progress->match());
        }
    }
    const auto index = majority_index(matches);
    if (index <= commit_) return;
    if (log_.term_at(index) != hard_.term && !mutated(Mutant::commit_of_earlier_term)) return;
    commit_to(index);
    maybe_begin_round();
    step_down_if_removed();
}

void RaftCore::commit_to(Index index) {
    if (index <= commit_) return;
    if (index > log_.last_index()) {
        throw InvariantBroken("entry " + std::to_string(index) + " is committed but not here");
    }
    if (is_leader()) {
        for (auto i = commit_ + 1; i <= index; ++i) uncommitted_bytes_ -= log_.at(i).cost_bytes();
    }
    commit_ = index;
}

void RaftCore::flush_all() {
    for (auto& [id, progress] : peers_) flush(id, progress);
}

// What it lacks next is compacted away: only a snapshot helps, whatever is under way, for appends
// cannot be repeated either. A server that does not answer gets heartbeats instead of one.
bool RaftCore::needs_snapshot(const Progress& progress) const {
    return progress.state() != Progress::State::snapshot && progress.next() < log_.first_index() &&
           progress.heard_within(config_.election_ticks_max, ticks_);
}

bool RaftCore::may_append(const Progress& progress) const {
    return progress.may_append() && progress.next() <= log_.last_index() &&
           progress.next() >= log_.first_index();
}

// Nothing under way will bring it the news that these are committed.
bool RaftCore::lacks_commit_news(const Progress& progress, Index commit) const {
    return progress.state() == Progress::State::replicate && progress.inflights().empty() &&
           progress.told_commit < std::min(commit, progress.match());
}

bool RaftCore::has_commit_news(const Progress& progress) const {
    return lacks_commit_news(progress, config_.holds_commit_news ? announced_ : commit_);
}

bool RaftCore::holds_commit_news() const {
    return is_leader() && std::any_of(peers_.begin(), peers_.end(), [this](const auto& peer) {
               return lacks_commit_news(peer.second, commit_);
           });
}

void RaftCore::announce_commit(Index index) {
    announced_ = std::max(announced_, std::min(index, commit_));
}

bool RaftCore::wants_flush(const Progress& progress) const {
    return progress.heartbeat_due || progress.may_send_chunk() || needs_snapshot(progress) ||
           may_append(progress) || has_commit_news(progress);
}

// Sends a server what it lacks, as far as its window allows.
void RaftCore::flush(NodeId to, Progress& progress) {
    if (needs_snapshot(progress)) progress.begin_snapshot(snapshot_);
    while (may_append(progress)) {
        send_append(to, progress,
                    log_.slice(progress.next(), log_.last_index(), config_.max_append_entries,
                               config_.max_append_bytes));
    }
    if (progress.state() == Progress::State::snapshot) flush_snapshot(to, progress);
    if (progress.heartbeat_due || has_commit_news(progress)) send_append(to, progress, {});
}

void RaftCore::send_append(NodeId to, Progress& progress, std::vector<Entry> entries) {
    auto request = message_to(to, MessageType::append_request);
    // A heartbeat to a server of whose log nothing is known follows entry 0, which all logs have.
    const auto before = progress.next() - 1;
    const auto term =
        progress.state() == Progress::State::snapshot ? std::nullopt : log_.term_at(before);
    if (term) request.log = {before, *term};
    request.commit = commit_;
    request.round = reads_.round();
    request.attempt = progress.attempt();
    progress.heartbeat_due = false;
    progress.told_commit = std::min(commit_, request.log.index + entries.size());
    if (!entries.empty()) {
        std::size_t bytes = 0;
        for (const auto& entry : entries) bytes += entry.cost_bytes();
        progress.appended(entries.back().index, bytes);
        request.entries = std::move(entries);
    }
    send(std::move(request));
}

}  // namespace gavel::raft
