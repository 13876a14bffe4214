#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/message.h"
#include "consensus/two_phase_commit/participant/decision_phase.h"
#include "consensus/two_phase_commit/participant/lock_table.h"
#include "consensus/two_phase_commit/participant/participant_config.h"
#include "consensus/two_phase_commit/participant/participant_output.h"
#include "consensus/two_phase_commit/participant/voting_phase.h"
#include "consensus/two_phase_commit/participant_record.h"

namespace gavel::two_phase {

// One participant of two-phase commit (doc.h tells the whole story). What it was told before a
// restart it knows from its records; what it held it holds again before it serves anybody.
//
// A value; no I/O, no clock, no threads. After any call, take_output() has what is to be done.
class Participant {
  public:
    // `records` and `forgotten_us` are what its disk has.
    Participant(const ParticipantConfig& config, const std::vector<ParticipantRecord>& records,
                std::int64_t forgotten_us);

    // False after a restart until everything undecided is restored: messages change nothing, and
    // nobody else may touch what the service holds.
    bool is_serving() const { return !decision_.is_restoring(); }

    void step(const Message& message);
    void tick() { decision_.tick(config_, out_); }

    // The service answers an effect.
    void prepared(const std::string& id, const std::string& facts);
    void refused(const std::string& id, Refusal refusal);
    void restored(const std::string& id);
    void committed(const std::string& id, const std::string& result);
    void aborted(const std::string& id);
    // The disk answers a record.
    void stored(const ParticipantRecord& record);
    void not_stored(const ParticipantRecord& record);

    ParticipantOutput take_output();

    // To be stored with the next record (ParticipantBatch).
    std::int64_t forgotten_us() const { return decision_.forgotten_us(); }
    // Transactions that it has voted for or is voting on.
    std::size_t open() const { return voting_.size() + decision_.size(); }
    const ParticipantConfig& config() const { return config_; }

    // The output is not compared: it is taken after each call.
    bool operator==(const Participant& other) const { return (*this <=> other) == 0; }
    std::strong_ordering operator<=>(const Participant& other) const;

  private:
    void vote_requested(const Message& request);
    void vote_to_abort(const Transaction& transaction, const std::string& coordinator,
                       const Refusal& refusal);
    void hand_over(const std::string& id, MessageType vote);

    ParticipantConfig config_;
    participant::LockTable locks_;
    participant::VotingPhase voting_;
    participant::DecisionPhase decision_;
    ParticipantOutput out_;
};

}  // namespace gavel::two_phase
