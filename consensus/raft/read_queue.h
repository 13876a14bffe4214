#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "consensus/raft/types.h"

namespace gavel::raft {

// A read that waits for the leader to be sure that it still is one.
struct WaitingRead {
    NodeId from = no_node;
    std::uint64_t context = 0;
    std::uint64_t incarnation = 0;
};

// The reads of a leader (ReadIndex, thesis 6.4). All that wait when a round begins are confirmed by
// it together; whatever arrives meanwhile rides in the next one.
class ReadQueue {
  public:
    std::size_t size() const { return waiting_.size() + asked_.size(); }
    bool round_open() const { return !asked_.empty(); }
    bool wants_round() const { return asked_.empty() && !waiting_.empty(); }

    void add(const WaitingRead& read) { waiting_.push_back(read); }

    // A round begins: its reads will see at least what is committed now.
    std::uint64_t begin_round(Index commit) {
        asked_ = std::exchange(waiting_, {});
        index_ = commit;
        return ++round_;
    }
    std::uint64_t round() const { return round_; }
    Index index() const { return index_; }
    // A majority has confirmed the round.
    std::vector<WaitingRead> end_round() { return std::exchange(asked_, {}); }

    // Leadership is over.
    std::vector<WaitingRead> clear() {
        auto all = std::exchange(asked_, {});
        all.insert(all.end(), waiting_.begin(), waiting_.end());
        waiting_.clear();
        round_ = 0;
        return all;
    }

  private:
    std::vector<WaitingRead> waiting_;
    std::vector<WaitingRead> asked_;
    std::uint64_t round_ = 0;
    Index index_ = 0;
};

}  // namespace gavel::raft
