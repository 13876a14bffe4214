#pragma once

#include <cstdint>

namespace gavel::raft {

// A server's id. Never reused: a server that was removed, or lost its disk, comes back with another
// (thesis 4.1, 11.7.2).
using NodeId = std::uint64_t;
inline constexpr NodeId no_node = 0;

// Time is divided into terms, numbered from 1; 0 is before the first election (paper 5.1).
using Term = std::uint64_t;

// Entries are numbered from 1 without gaps; 0 is before the first (paper 5.3).
using Index = std::uint64_t;

// Where an entry stands. Two logs that agree on a position agree on everything before it
// (the Log Matching Property, paper 5.3).
struct LogPosition {
    Index index = 0;
    Term term = 0;

    friend bool operator==(const LogPosition&, const LogPosition&) = default;

    // Up-to-date order of logs by their last entries: the later term, then the longer log
    // (paper 5.4.1).
    bool at_least_as_up_to_date_as(const LogPosition& other) const {
        return term != other.term ? term > other.term : index >= other.index;
    }
};

// What must be on disk before a server answers (paper, figure 2, "persistent state"). One record:
// a term without its vote, or a vote without its term, lets a server vote twice in a term.
struct HardState {
    Term term = 0;
    NodeId vote = no_node;

    friend bool operator==(const HardState&, const HardState&) = default;
};

enum class Role : std::uint8_t {
    follower,
    pre_candidate,  // asks whether it could win, before it disturbs anyone (thesis 9.6)
    candidate,
    leader,
};

constexpr const char* name_of(Role role) {
    switch (role) {
        case Role::follower: return "follower";
        case Role::pre_candidate: return "pre-candidate";
        case Role::candidate: return "candidate";
        case Role::leader: return "leader";
    }
    return "?";
}

}  // namespace gavel::raft
