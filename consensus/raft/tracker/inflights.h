#pragma once

#include <cstddef>
#include <deque>

#include "consensus/raft/types.h"

namespace gavel::raft {

// The appends that were sent to one follower and not answered yet, in order: the window of the
// pipeline (thesis 10.2.1). Bounded in messages and in bytes.
class Inflights {
  public:
    Inflights(std::size_t max_messages, std::size_t max_bytes)
        : max_messages_(max_messages), max_bytes_(max_bytes) {}

    bool empty() const { return sent_.empty(); }
    // One message always fits into an empty window, whatever its size.
    bool full() const { return sent_.size() >= max_messages_ || bytes_ >= max_bytes_; }
    std::size_t messages() const { return sent_.size(); }

    void add(Index last, std::size_t bytes) {
        sent_.push_back({last, bytes});
        bytes_ += bytes;
    }
    // The follower has everything up to `match`.
    void acknowledged(Index match) {
        while (!sent_.empty() && sent_.front().last <= match) {
            bytes_ -= sent_.front().bytes;
            sent_.pop_front();
        }
    }
    void clear() {
        sent_.clear();
        bytes_ = 0;
    }

  private:
    struct Sent {
        Index last;
        std::size_t bytes;
    };
    std::size_t max_messages_;
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    std::deque<Sent> sent_;
};

}  // namespace gavel::raft
