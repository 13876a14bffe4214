#include <doctest/doctest.h>

#include <vector>

#include "consensus/raft/quorum/majority.h"
#include "consensus/raft/quorum/vote_tally.h"

namespace gavel::raft {
namespace {

TEST_CASE("any two majorities of the same servers share one") {
    for (std::size_t voters = 1; voters <= 9; ++voters) {
        CHECK(2 * majority_of(voters) > voters);
        CHECK(2 * (majority_of(voters) - 1) <= voters);
    }
    CHECK(majority_of(0) == 1);
}

TEST_CASE("the majority index is the highest that a majority has reached") {
    struct Row {
        std::vector<Index> matches;
        Index expected;
    };
    Row rows[] = {
        {{}, 0},           {{7}, 7},          {{7, 9}, 7},          {{7, 9, 0}, 7},
        {{0, 0, 9}, 0},    {{1, 2, 3, 4}, 2}, {{5, 4, 3, 2, 1}, 3}, {{9, 9, 9, 0, 0}, 9},
        {{9, 9, 0, 0}, 0}, {{3, 3, 3}, 3},
    };
    for (auto& row : rows) CHECK(majority_index(row.matches) == row.expected);
}

TEST_CASE("an election is won by a majority, and lost when none is left") {
    CHECK(vote_result(1, 1, 0) == VoteResult::won);
    CHECK(vote_result(3, 1, 1) == VoteResult::pending);
    CHECK(vote_result(3, 2, 0) == VoteResult::won);
    CHECK(vote_result(3, 1, 2) == VoteResult::lost);
    CHECK(vote_result(4, 2, 2) == VoteResult::lost);
    CHECK(vote_result(4, 2, 1) == VoteResult::pending);
    CHECK(vote_result(0, 0, 0) == VoteResult::lost);
}

TEST_CASE("a repeated vote counts once, a stranger's not at all") {
    VoteTally tally;
    tally.record(1, true);
    tally.record(2, false);
    tally.record(2, true);
    tally.record(9, true);
    CHECK(tally.result({1, 2, 3}) == VoteResult::pending);
    tally.record(3, true);
    CHECK(tally.result({1, 2, 3}) == VoteResult::won);
}

}  // namespace
}  // namespace gavel::raft
