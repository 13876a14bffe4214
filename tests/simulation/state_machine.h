#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/raft/entry.h"

namespace gavel::simulation {

// One command of a client: its number, and the serial that makes a retry take effect once
// (thesis 6.3).
struct Command {
    std::uint64_t client = 0;
    std::uint64_t serial = 0;

    std::string encode(std::size_t padding_bytes) const;
    static Command decode(std::string_view bytes);
};

// What the simulated servers agree on: which command of each client took effect last, and a hash
// over all that ever did, in order.
class StateMachine {
  public:
    struct Outcome {
        bool took_effect = false;
        raft::Index index = 0;  // where the command took effect, now or earlier
    };

    explicit StateMachine(std::size_t clients) : sessions_(clients) {}

    Outcome apply(const raft::Entry& entry);
    raft::Index applied() const { return applied_; }
    std::uint64_t hash() const { return hash_; }
    std::uint64_t last_serial(std::size_t client) const { return sessions_[client].serial; }

    std::string snapshot(std::size_t padding_bytes) const;
    void restore(std::string_view bytes);

  private:
    struct Session {
        std::uint64_t serial = 0;
        raft::Index index = 0;
    };
    raft::Index applied_ = 0;
    std::uint64_t hash_ = 1;
    std::vector<Session> sessions_;
};

}  // namespace gavel::simulation
