#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "consensus/two_phase_commit/backoff.h"
#include "consensus/two_phase_commit/message.h"
#include "consensus/two_phase_commit/participant/finished_transactions.h"
#include "consensus/two_phase_commit/participant/lock_table.h"
#include "consensus/two_phase_commit/participant/participant_config.h"
#include "consensus/two_phase_commit/participant/participant_output.h"
#include "consensus/two_phase_commit/participant/voting_phase.h"
#include "consensus/two_phase_commit/participant_record.h"

namespace gavel::two_phase::participant {

// The second half of a participant: from the vote to the decision's being carried out. It does
// what it is told and decides nothing; when it hears nothing, it asks, and goes on asking. What is
// carried out and durable is acknowledged. A decision that contradicts what was done is refused.
//
// A value. `locks` are those of the whole participant: the decision lets go of them.
class DecisionPhase {
  public:
    DecisionPhase(std::size_t max_finished, std::int64_t forgotten_us)
        : finished_(max_finished, forgotten_us) {}

    // What an earlier life of this participant has left. What is undecided is to be restored first.
    void recover(const ParticipantRecord& record, const ParticipantConfig& config,
                 ParticipantOutput& out);
    void restored(const std::string& id);
    bool is_restoring() const { return restoring_ > 0; }

    // It has voted to commit.
    void enter(Ballot ballot, const ParticipantConfig& config);
    // It has promised nothing yet and cannot, so it aborts by itself.
    void abort_alone(Ballot ballot, Refusal refusal, ParticipantOutput& out);
    // It voted to abort, and holds nothing.
    void voted_to_abort(const Transaction& transaction, Refusal refusal);

    // Asked to vote once more on what is past voting: says the same again. False when it is not.
    bool vote_again(const Message& request, const ParticipantConfig& config,
                    ParticipantOutput& out) const;

    void global_commit(const Message& message, const ParticipantConfig& config,
                       ParticipantOutput& out);
    void global_abort(const Message& message, const ParticipantConfig& config,
                      ParticipantOutput& out);
    static void refuse(const Message& message, const std::string& why,
                       const ParticipantConfig& config, ParticipantOutput& out);

    // The service has done it.
    void committed(const std::string& id, const std::string& result,
                   const ParticipantConfig& config, ParticipantOutput& out);
    void aborted(const std::string& id, LockTable& locks, const ParticipantConfig& config,
                 ParticipantOutput& out);
    // How it ended is on disk, or could not be stored: then it is tried again.
    void stored(const std::string& id, LockTable& locks, const ParticipantConfig& config,
                ParticipantOutput& out);
    void not_stored(const std::string& id);

    void tick(const ParticipantConfig& config, ParticipantOutput& out);

    bool knows(const std::string& id) const { return open_.count(id) > 0; }
    std::size_t size() const { return open_.size(); }
    std::int64_t forgotten_us() const { return finished_.forgotten_us(); }

    auto operator<=>(const DecisionPhase&) const = default;

  private:
    enum class State : std::uint8_t {
        restoring,   // after a restart: what it held is not held again yet
        in_doubt,    // voted to commit
        committing,  // the service is at it
        recording,   // done; to be made durable
        aborting,    // the service is at it
        letting_go,  // done; the lock is kept until that is durable
    };
    struct Open {
        Transaction transaction;
        std::string coordinator;  // who is to hear of it next
        State state = State::in_doubt;
        std::string facts;
        std::string result;           // of recording
        bool must_be_stored = false;  // once more: it could not be
        Refusal refusal;              // of aborting alone: the vote
        Backoff ask;
        std::size_t next_coordinator = 0;

        auto operator<=>(const Open&) const = default;
    };

    using Opens = std::map<std::string, Open>;

    void ask(Open& open, const ParticipantConfig& config, ParticipantOutput& out) const;
    static void begin_abort(Open& open, ParticipantOutput& out);
    static void record(const Open& open, ParticipantRecord::State state, ParticipantOutput& out);
    static void acknowledge(const std::string& id, const std::string& coordinator,
                            const std::string& result, const ParticipantConfig& config,
                            ParticipantOutput& out);

    void finish(Opens::iterator open, bool commits, LockTable& locks);

    Opens open_;  // by transaction
    std::size_t restoring_ = 0;
    FinishedTransactions finished_;
    // Who asked for a commit again after it was finished, by transaction: the service is asked
    // for its result.
    std::map<std::string, std::set<std::string>> recalls_;
};

}  // namespace gavel::two_phase::participant
