#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/message.h"
#include "consensus/two_phase_commit/participant_record.h"

namespace gavel::two_phase {

// What the service itself is to do for a transaction. Each is answered by the participant's
// function that its line names.
struct Effect {
    enum class Type : std::uint8_t {
        prepare,  // prepared() or refused()
        restore,  // restored()
        commit,   // committed(); also of what was committed before, for its result
        abort,    // aborted()
    };
    Type type = Type::prepare;
    Transaction transaction;
    Facts facts;        // commit: of all participants
    std::string voted;  // restore: the facts of the own vote

    auto operator<=>(const Effect&) const = default;
};

// What a participant wants done. In any order and at once: nothing here waits for anything else of
// it.
struct ParticipantOutput {
    std::vector<Message> messages;
    std::vector<ParticipantRecord> records;  // to be made durable, then stored() or not_stored()
    std::vector<Effect> effects;
    std::vector<Message> handovers;   // from its voting to its decision phase: to be logged
    std::vector<std::string> damage;  // what cannot be, in sentences for the operator

    bool empty() const {
        return messages.empty() && records.empty() && effects.empty() && handovers.empty() &&
               damage.empty();
    }
};

}  // namespace gavel::two_phase
