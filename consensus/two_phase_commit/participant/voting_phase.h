#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "consensus/two_phase_commit/message.h"
#include "consensus/two_phase_commit/participant/participant_output.h"

namespace gavel::two_phase::participant {

// A transaction as the voting phase hands it to the decision phase.
struct Ballot {
    Transaction transaction;
    std::string coordinator;  // who asked last
    std::string facts;
    std::optional<Message> doomed_by;  // it was decided to abort it before the vote

    auto operator<=>(const Ballot&) const = default;
};

// The first half of a participant: from the vote-request to the vote. The service prepares, then
// the record is made durable, and only then the vote to commit leaves; until that moment the
// participant may still abort by itself.
//
// A value. Nothing of it outlives a crash: who had not voted has promised nothing.
class VotingPhase {
  public:
    bool is_open(const std::string& id) const { return open_.count(id) > 0; }
    std::size_t size() const { return open_.size(); }

    // REQUIRES: the lock is held for it.
    void open(const Message& request, ParticipantOutput& out);
    // Another coordinator asks, or the same one again: it will hear the vote. REQUIRES: is_open.
    void asked_again(const Message& request);
    // It is decided to abort it, so no vote is needed. REQUIRES: is_open.
    void doom(const Message& global_abort);

    // The service could prepare: the record is next.
    void prepared(const std::string& id, const std::string& facts, ParticipantOutput& out);
    // It could not, or the record is durable, or could not be stored: voting is over.
    std::optional<Ballot> close(const std::string& id);

    auto operator<=>(const VotingPhase&) const = default;

  private:
    struct Open {
        Ballot ballot;
        bool is_prepared = false;
        auto operator<=>(const Open&) const = default;
    };
    std::map<std::string, Open> open_;  // by transaction
};

}  // namespace gavel::two_phase::participant
