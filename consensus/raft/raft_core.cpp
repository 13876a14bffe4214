#include "consensus/raft/raft_core.h"

#include <algorithm>
#include <cassert>

#include "consensus/raft/limits.h"
#include "consensus/raft/mutant.h"

namespace gavel::raft {

RaftCore::RaftCore(const Config& config, Restored restored, std::uint64_t seed)
    : config_(config),
      random_(seed),
      incarnation_(random_.next()),
      hard_(restored.hard_state),
      saved_hard_(hard_),
      log_(restored.snapshot.last, std::move(restored.entries)),
      snapshot_(std::make_shared<const SnapshotMeta>(std::move(restored.snapshot))),
      commit_(snapshot_->last.index),
      handed_(commit_),
      applied_(commit_) {
    assert(config.id != no_node);
    assert(config.heartbeat_ticks > 0 && config.heartbeat_ticks < config.election_ticks_min);
    assert(config.election_ticks_min <= config.election_ticks_max);
    memberships_.emplace_back(snapshot_->last.index, snapshot_->membership);
    for (auto index = log_.first_index(); index <= log_.last_index(); ++index) {
        const auto& entry = log_.at(index);
        if (entry.kind == EntryKind::membership) {
            memberships_.emplace_back(index, Membership::decode(entry.payload.view()));
        }
    }
    voters_ = membership().voters();
    reset_election_timer();
}

// ---- in ----------------------------------------------------------------------------------------

void RaftCore::tick() {
    ++ticks_;
    if (is_leader()) return tick_leader();
    if (++election_elapsed_ < election_timeout_) return;
    reset_election_timer();
    if (may_campaign()) return start_pre_vote();
    // Who cannot lead still has a vote to give, perhaps without knowing of it yet: it must not hold
    // on to a leader that is gone.
    leader_ = no_node;
}

void RaftCore::step(Message message) {
    if (message.to != config_.id || message.from == config_.id) return;
    using Type = MessageType;
    const bool asks_for_vote =
        message.type == Type::vote_request || message.type == Type::pre_vote_request;
    // Leader stickiness: while a leader is heard, nobody can be made to depose it, but by the
    // leader itself (thesis 4.2.3).
    if (asks_for_vote && message.term > hard_.term && !message.transfer && in_lease()) return;

    if (message.term > hard_.term) {
        // A pre-vote names a term that nobody has begun yet (thesis 9.6).
        const bool of_the_future = message.type == Type::pre_vote_request ||
                                   (message.type == Type::pre_vote_response && !message.reject);
        if (!of_the_future) {
            const bool from_leader =
                message.type == Type::append_request || message.type == Type::snapshot_request;
            become_follower(message.term, from_leader ? message.from : no_node);
        }
    } else if (message.term < hard_.term) {
        return handle_lower_term(message);
    }
    dispatch(message);
}

// Figure 2, AppendEntries, 1 and RequestVote, 1: refuse, and tell the term, so that the sender
// learns that its own is over.
void RaftCore::handle_lower_term(const Message& message) {
    using Type = MessageType;
    Message answer;
    switch (message.type) {
        case Type::pre_vote_request:
            answer = message_to(message.from, Type::pre_vote_response);
            break;
        case Type::vote_request: answer = message_to(message.from, Type::vote_response); break;
        case Type::append_request:
        case Type::snapshot_request:
            answer = message_to(message.from, Type::append_response);
            break;
        default: return;  // an answer to what this server no longer asks
    }
    answer.reject = true;
    send_when_durable(std::move(answer), 0);
}

void RaftCore::dispatch(Message& message) {
    switch (message.type) {
        case MessageType::pre_vote_request:
        case MessageType::vote_request: return handle_vote_request(message);
        case MessageType::pre_vote_response:
        case MessageType::vote_response: return handle_vote_response(message);
        case MessageType::append_request: return handle_append_request(message);
        case MessageType::append_response: return handle_append_response(message);
        case MessageType::snapshot_request: return handle_snapshot_request(message);
        case MessageType::snapshot_response: return handle_snapshot_response(message);
        case MessageType::timeout_now: return handle_timeout_now(message);
        case MessageType::read_index_request: return handle_read_index_request(message);
        case MessageType::read_index_response: return handle_read_index_response(message);
        case MessageType::count_: return;
    }
}

// Figure 2, rules for all servers: a higher term makes a follower of anyone.
void RaftCore::become_follower(Term term, NodeId leader) {
    assert(term >= hard_.term);
    if (term > hard_.term) hard_ = {term, no_node};
    if (role_ != Role::follower) reset_election_timer();
    role_ = Role::follower;
    leader_ = leader;
    fail_reads();
    peers_.clear();
    transfer_target_ = no_node;
}

void RaftCore::persisted() {
    assert(saving_);
    log_.saved();
    saved_hard_ = saving_->hard;
    if (saving_->install) restore_ = saving_->install;
    saving_.reset();
    // A candidate's own vote counts like any other: once it is on disk.
    if (role_ == Role::candidate && saved_hard_ == hard_) count_vote(config_.id, true);
    if (is_leader()) {
        maybe_commit();
        maybe_finish_transfer();
    }
}

void RaftCore::applied(Index index) {
    assert(index <= handed_);
    applied_ = std::max(applied_, index);
}

// ---- out ---------------------------------------------------------------------------------------

bool RaftCore::wants_persist() const {
    return !(hard_ == saved_hard_) || log_.has_unsaved() || !chunks_.empty() || install_ != nullptr;
}

// True when no answer can promise what a crash would take back.
bool RaftCore::promises_are_durable() const {
    return hard_ == saved_hard_ && chunks_.empty() && !is_installing();
}

bool RaftCore::is_installing() const {
    return install_ != nullptr || (saving_ && saving_->install != nullptr);
}

// The state machine does one thing at a time, in the order of the log.
bool RaftCore::may_restore() const {
    return restore_ != nullptr && !is_installing() && applied_ == handed_;
}

bool RaftCore::may_hand_out() const {
    return restore_ == nullptr && !is_installing() && applied_ == handed_ && commit_ > handed_;
}

bool RaftCore::has_ready() const {
    if (!out_.empty() || !read_states_.empty() || may_restore() || may_hand_out()) return true;
    if (!saving_ && (wants_persist() || !when_durable_.empty())) return true;
    for (const auto& [id, progress] : peers_) {
        if (wants_flush(progress)) return true;
    }
    return false;
}

Ready RaftCore::take_ready() {
    Ready ready;
    flush_all();
    if (!saving_) {
        // What an earlier term promised no longer interests anyone.
        std::erase_if(when_durable_,
                      [this](const Message& message) { return message.term < hard_.term; });
        if (wants_persist()) {
            auto& batch = ready.persist.emplace();
            saving_ = Saving{hard_, install_};
            if (mutated(Mutant::term_and_vote_apart) && hard_.term != saved_hard_.term) {
                saving_->hard.vote = no_node;
            }
            if (!(saving_->hard == saved_hard_)) batch.hard_state = saving_->hard;
            batch.chunks = std::exchange(chunks_, {});
            batch.install = std::exchange(install_, nullptr);
            batch.entries = log_.take_unsaved();
            batch.then_send = std::exchange(when_durable_, {});
            if (mutated(Mutant::ack_before_fsync)) {
                for (auto& message : batch.then_send) send(std::move(message));
                batch.then_send.clear();
            }
        } else {
            for (auto& message : when_durable_) send(std::move(message));
            when_durable_.clear();
        }
    }
    ready.messages = std::exchange(out_, {});
    ready.reads = std::exchange(read_states_, {});

    if (may_restore()) {
        ready.restore = std::exchange(restore_, nullptr);
        handed_ = ready.restore->last.index;
    } else if (may_hand_out()) {
        ready.committed =
            log_.slice(handed_ + 1, commit_, limits::max_message_entries, config_.max_apply_bytes);
        handed_ = ready.committed.back().index;
    }
    return ready;
}

Message RaftCore::message_to(NodeId to, MessageType type) const {
    Message message;
    message.type = type;
    message.from = config_.id;
    message.to = to;
    message.term = hard_.term;
    return message;
}

// Votes and acknowledgements: they leave once the disk has the term, the vote and the log up to
// `needs_stable` (figure 2: "updated on stable storage before responding to RPCs").
void RaftCore::send_when_durable(Message message, Index needs_stable) {
    if (promises_are_durable() && needs_stable <= log_.stable()) return send(std::move(message));
    when_durable_.push_back(std::move(message));
}

Progress* RaftCore::peer(NodeId id) {
    for (auto& [peer_id, progress] : peers_) {
        if (peer_id == id) return &progress;
    }
    return nullptr;
}

Status RaftCore::status() const {
    Status status;
    status.id = config_.id;
    status.role = role_;
    status.term = hard_.term;
    status.vote = hard_.vote;
    status.leader = leader_;
    status.commit = commit_;
    status.applied = applied_;
    status.stable = log_.stable();
    status.base = log_.base();
    status.last = log_.last();
    status.transfer_target = transfer_target_;
    for (const auto& [id, progress] : peers_) {
        status.peers.push_back({id, progress.state(), progress.match(), progress.next(),
                                progress.heard_within(config_.election_ticks_max, ticks_)});
    }
    return status;
}

}  // namespace gavel::raft
