#pragma once

#include <vector>

#include "consensus/raft/mutant.h"
#include "consensus/raft/quorum/majority.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// The votes of one election, by voter: a repeated answer counts once (figure 2, Candidates).
class VoteTally {
  public:
    void clear() { answers_.clear(); }

    void record(NodeId voter, bool granted) {
        for (const auto& answer : answers_) {
            if (answer.voter == voter && !mutated(Mutant::vote_counted_by_message)) return;
        }
        answers_.push_back({voter, granted});
    }

    // Answers of servers that are no voters do not count.
    VoteResult result(const std::vector<NodeId>& voters) const {
        std::size_t granted = 0;
        std::size_t rejected = 0;
        for (const auto& answer : answers_) {
            bool counts = false;
            for (const auto voter : voters) counts = counts || voter == answer.voter;
            if (counts) ++(answer.granted ? granted : rejected);
        }
        return vote_result(voters.size(), granted, rejected);
    }

  private:
    struct Answer {
        NodeId voter;
        bool granted;
    };
    std::vector<Answer> answers_;
};

}  // namespace gavel::raft
