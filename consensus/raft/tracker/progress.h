#pragma once

#include <cstdint>

#include "consensus/raft/snapshot.h"
#include "consensus/raft/tracker/inflights.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// What a leader knows of one other server: matchIndex and nextIndex (figure 2, "volatile state on
// leaders"), and how it sends to it.
//
//     probe      it is not known where the logs agree: one append at a time until one is accepted
//     replicate  they agree: appends follow one another without waiting for answers
//     snapshot   the follower needs entries that are gone: it gets a snapshot, chunk by chunk
//
//     probe --accepted--> replicate --rejected--> probe
//     probe, replicate --entries are compacted away--> snapshot --installed--> replicate
class Progress {
  public:
    enum class State : std::uint8_t { probe, replicate, snapshot };

    Progress(Index next, std::uint64_t now_ticks, std::size_t max_messages, std::size_t max_bytes)
        : next_(next), heard_tick_(now_ticks), inflights_(max_messages, max_bytes) {}

    State state() const { return state_; }
    Index match() const { return match_; }
    Index next() const { return next_; }
    const Inflights& inflights() const { return inflights_; }

    // True when it may be sent entries now.
    bool may_append() const {
        if (state_ == State::replicate) return !inflights_.full();
        return state_ == State::probe && !asked_;
    }
    // An append went out with entries up to `last`.
    void appended(Index last, std::size_t bytes) {
        if (state_ == State::replicate) {
            inflights_.add(last, bytes);
            next_ = last + 1;
        } else {
            asked_ = true;
        }
    }
    // It has everything up to `match`. True when that is news.
    bool accepted(Index match);
    // It does not have `rejected`; the logs may agree up to `agree`. False for an answer to a
    // question that is settled. Of a whole window that was sent too far on, or that the network
    // put out of order, only the first rejection counts: were each of the others the beginning of
    // a new search, messages would multiply.
    bool rejected(Index rejected, Index agree, std::uint64_t attempt);
    // Which search for where the logs agree this is; goes with each append, and back with its
    // answer.
    std::uint64_t attempt() const { return attempt_; }
    // Whatever was asked may be lost: ask again.
    void ask_again() { asked_ = false; }

    // The snapshot that is being sent, and the next offset to send. It stays the same one even when
    // a newer is made, or a slow follower would begin anew for ever.
    void begin_snapshot(SharedSnapshotMeta meta);
    const SharedSnapshotMeta& snapshot() const { return snapshot_; }
    std::uint64_t snapshot_offset() const { return snapshot_offset_; }
    bool may_send_chunk() const { return state_ == State::snapshot && !asked_; }
    void chunk_sent() { asked_ = true; }
    // It wants `next_offset` next. Only an answer that goes on is acted on at once: answered one by
    // one, duplicates of old ones would multiply. Whatever else it wants is sent with the next
    // heartbeat.
    void chunk_answered(std::uint64_t next_offset) {
        if (next_offset > snapshot_offset_) asked_ = false;
        snapshot_offset_ = next_offset;
    }
    // Back to finding out where the logs agree.
    void probe_from(Index next);

    // When it last answered, in ticks of the leader's clock (CheckQuorum, thesis 6.2).
    void heard(std::uint64_t tick) { heard_tick_ = tick; }
    bool heard_within(std::uint64_t ticks, std::uint64_t now) const {
        return now - heard_tick_ <= ticks;
    }
    // The last round that it has confirmed (thesis 6.4).
    void confirmed(std::uint64_t round) { round_ = round > round_ ? round : round_; }
    std::uint64_t confirmed_round() const { return round_; }

    bool heartbeat_due = false;
    Index told_commit = 0;  // the commit index that it was sent last

  private:
    State state_ = State::probe;
    Index match_ = 0;
    Index next_;
    std::uint64_t attempt_ = 1;
    bool asked_ = false;  // an append of a probe, or a chunk, waits for its answer
    std::uint64_t heard_tick_;
    std::uint64_t round_ = 0;
    Inflights inflights_;
    SharedSnapshotMeta snapshot_;
    std::uint64_t snapshot_offset_ = 0;
};

constexpr const char* name_of(Progress::State state) {
    switch (state) {
        case Progress::State::probe: return "probe";
        case Progress::State::replicate: return "replicate";
        case Progress::State::snapshot: return "snapshot";
    }
    return "?";
}

}  // namespace gavel::raft
