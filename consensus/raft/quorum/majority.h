#pragma once

#include <cstddef>
#include <vector>

#include "consensus/raft/types.h"

// The arithmetic of majorities: pure functions, no state. Any two majorities of the same servers
// share one, and everything that Raft promises rests on that (paper 5.2, 5.4.3).
namespace gavel::raft {

// How many of `voters` are a majority: 3 of 5, 3 of 4, 1 of 1. Of no voters it is 1, which nobody
// reaches: an empty cluster decides nothing.
constexpr std::size_t majority_of(std::size_t voters) {
    return voters / 2 + 1;
}

// The highest index that a majority has reached, given what each voter has on disk. 0 for none.
// Whether it may be committed also depends on its term (paper 5.4.2); that is the caller's rule.
// Sorts `matches`.
Index majority_index(std::vector<Index>& matches);

enum class VoteResult : std::uint8_t { pending, won, lost };

// An election among `voters`, of whom `granted` said yes and `rejected` said no. Lost means that
// the others cannot make it a majority any more.
constexpr VoteResult vote_result(std::size_t voters, std::size_t granted, std::size_t rejected) {
    if (granted >= majority_of(voters)) return VoteResult::won;
    if (voters - rejected < majority_of(voters)) return VoteResult::lost;
    return VoteResult::pending;
}

}  // namespace gavel::raft
