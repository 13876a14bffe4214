#include "consensus/raft/tracker/progress.h"

#include <algorithm>
#include <utility>

namespace gavel::raft {

bool Progress::accepted(Index match) {
    const bool news = match > match_;
    match_ = std::max(match_, match);
    inflights_.acknowledged(match_);
    if (state_ == State::snapshot) {
        // A heartbeat's answer says nothing of the snapshot, unless the follower has it already.
        if (match_ < snapshot_->last.index) return news;
        snapshot_.reset();
    }
    asked_ = false;
    if (state_ != State::replicate) {
        state_ = State::replicate;
        inflights_.clear();
        next_ = match_ + 1;
    }
    next_ = std::max(next_, match_ + 1);
    return news;
}

bool Progress::rejected(Index rejected, Index agree, std::uint64_t attempt) {
    if (attempt != attempt_) return false;
    if (state_ == State::snapshot) return false;
    if (state_ == State::replicate && rejected <= match_) return false;
    if (state_ == State::probe && rejected != next_ - 1) return false;
    probe_from(std::max(match_, std::min(agree, rejected - 1)) + 1);
    return true;
}

void Progress::begin_snapshot(SharedSnapshotMeta meta) {
    state_ = State::snapshot;
    ++attempt_;
    snapshot_ = std::move(meta);
    snapshot_offset_ = 0;
    asked_ = false;
    inflights_.clear();
}

void Progress::probe_from(Index next) {
    state_ = State::probe;
    ++attempt_;
    next_ = next;
    asked_ = false;
    inflights_.clear();
    snapshot_.reset();
}

}  // namespace gavel::raft
