#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/backoff.h"
#include "consensus/two_phase_commit/coordinator/coordinator_config.h"
#include "consensus/two_phase_commit/coordinator/coordinator_output.h"
#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase::coordinator {

// What the voting phase came to: a decision to be written. It is not made before that.
struct Verdict {
    Transaction transaction;
    DecisionCommand command;
};

// The first half of a coordinator: asks every participant for its vote, again and again, and
// counts. All must vote to commit, and in time; the first vote to abort ends it.
//
// A value. Nothing of it outlives a crash, and nothing has to: a record that is still PENDING at
// its deadline is aborted, by whoever finds it.
class VotingPhase {
  public:
    // REQUIRES: the PENDING record is durable.
    void open(const Transaction& transaction, const CoordinatorConfig& config,
              CoordinatorOutput& out);
    bool is_open(const std::string& id) const { return polls_.count(id) > 0; }
    // True while the time for votes is not over, too.
    bool is_open(const std::string& id, std::int64_t now_us) const;
    // Who has voted for what so far. Empty for what is not open.
    std::map<std::string, bool> votes(const std::string& id) const;

    // A vote has come. The verdict, when it was the last that was missing, or one to abort.
    std::optional<Verdict> count(const Message& vote);
    // Time has passed: who did not vote is asked again. What is past its deadline is aborted.
    std::vector<Verdict> tick(std::int64_t now_us, const CoordinatorConfig& config,
                              CoordinatorOutput& out);
    // Past its deadline: no vote is waited for any more. REQUIRES: is_open(id).
    Verdict close(const std::string& id);
    // Likewise, of a vote that another coordinator left open.
    static Verdict overdue(const Transaction& transaction);

    auto operator<=>(const VotingPhase&) const = default;

  private:
    struct Poll {
        Transaction transaction;
        std::map<std::string, bool> votes;
        Facts facts;
        std::uint32_t votes_counted = 0;  // messages, for Mutant::vote_counted_by_message
        Backoff resend;

        bool expects(const std::string& participant) const;
        bool is_unanimous() const;
        auto operator<=>(const Poll&) const = default;
    };
    using Polls = std::map<std::string, Poll>;

    static void ask(const Poll& poll, const CoordinatorConfig& config, CoordinatorOutput& out);
    Verdict end(Polls::iterator poll, Decision decision, Refusal refusal, std::string refused_by);

    Polls polls_;  // by transaction
};

}  // namespace gavel::two_phase::coordinator
