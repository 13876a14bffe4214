// Snapshots: paper 7, thesis 5.

#include <algorithm>
#include <cassert>

#include "consensus/raft/raft_core.h"

namespace gavel::raft {

void RaftCore::compact(const SnapshotMeta& meta, std::uint64_t keep_entries) {
    assert(meta.last.index <= applied_ && meta.last.index <= log_.stable());
    if (meta.last.index <= snapshot_->last.index) return;
    snapshot_ = std::make_shared<const SnapshotMeta>(meta);
    auto base = meta.last.index - std::min<Index>(keep_entries, meta.last.index);
    // Who is receiving a snapshot needs what follows it next, or it would need another at once.
    const auto in_use = oldest_snapshot_in_use();
    if (log_.last_index() - in_use <= config_.max_catch_up_entries) base = std::min(base, in_use);
    log_.compact_to(base);
    // Of the memberships, the one in force at the base is the oldest that is needed.
    while (memberships_.size() > 1 && memberships_[1].first <= log_.base().index) {
        memberships_.erase(memberships_.begin());
    }
}

Index RaftCore::oldest_snapshot_in_use() const {
    auto oldest = snapshot_->last.index;
    for (const auto& [id, progress] : peers_) {
        if (progress.snapshot()) oldest = std::min(oldest, progress.snapshot()->last.index);
    }
    return oldest;
}

// ---- at the leader -----------------------------------------------------------------------------

// One chunk at a time; the driver fills in the bytes.
void RaftCore::flush_snapshot(NodeId to, Progress& progress) {
    if (!progress.may_send_chunk()) return;
    auto request = message_to(to, MessageType::snapshot_request);
    request.snapshot = progress.snapshot();
    request.offset = progress.snapshot_offset();
    request.chunk_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        config_.snapshot_chunk_bytes, request.snapshot->size_bytes - request.offset));
    progress.chunk_sent();
    send(std::move(request));
}

void RaftCore::snapshot_unavailable(NodeId to) {
    auto* progress = peer(to);
    if (progress != nullptr && progress->state() == Progress::State::snapshot) {
        progress->begin_snapshot(snapshot_);
        progress->chunk_sent();  // it waits for the next heartbeat, rather than spin
    }
}

void RaftCore::handle_snapshot_response(const Message& message) {
    auto* progress = peer(message.from);
    if (!is_leader() || progress == nullptr) return;
    progress->heard(ticks_);
    if (progress->state() != Progress::State::snapshot) return;
    if (!(message.log == progress->snapshot()->last)) return;  // of another snapshot
    if (message.offset > progress->snapshot()->size_bytes) return;
    progress->chunk_answered(message.offset);
}

// ---- at a follower -----------------------------------------------------------------------------

// InstallSnapshot (figure 13), with a checksum over the whole.
void RaftCore::handle_snapshot_request(Message& message) {
    if (is_leader() || (leader_ != no_node && leader_ != message.from)) return;
    if (role_ != Role::follower) become_follower(hard_.term, message.from);
    leader_ = message.from;
    reset_election_timer();

    const auto& meta = *message.snapshot;
    if (meta.last.index <= commit_ || log_.matches(meta.last)) {
        // Everything in it is here already (figure 13, 6: keep what follows it).
        commit_to(meta.last.index);
        auto answer = message_to(message.from, MessageType::append_response);
        answer.log.index = std::max(meta.last.index, commit_);
        const auto needs = answer.log.index;
        return send_when_durable(std::move(answer), needs);
    }
    // Chunks go before the install in a batch: those of the next snapshot wait for the next batch.
    // The leader asks again.
    if (install_ != nullptr) return;
    const auto offset = message.offset;
    const auto result = receiver_.take(message.from, hard_.term, meta, offset, message.data);
    if (result == SnapshotReceiver::Result::accepted ||
        result == SnapshotReceiver::Result::complete) {
        chunks_.push_back({offset, std::move(message.data)});
    }
    if (result == SnapshotReceiver::Result::complete) {
        install(meta);
        auto answer = message_to(message.from, MessageType::append_response);
        answer.log.index = meta.last.index;
        return send_when_durable(std::move(answer), meta.last.index);
    }
    auto answer = message_to(message.from, MessageType::snapshot_response);
    answer.log = meta.last;
    answer.offset = receiver_.offset();
    answer.reject = result == SnapshotReceiver::Result::damaged;
    send_when_durable(std::move(answer), 0);
}

void RaftCore::install(const SnapshotMeta& meta) {
    snapshot_ = std::make_shared<const SnapshotMeta>(meta);
    install_ = snapshot_;
    log_.restore(meta.last);
    memberships_.clear();
    add_membership(meta.last.index, meta.membership);
    commit_ = meta.last.index;
}

}  // namespace gavel::raft
