#pragma once

#include <map>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/decision_command.h"
#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase {

// What became of a client's request. All clients that asked under one key get one answer.
struct ClientAnswer {
    enum class Kind : std::uint8_t {
        committed,
        aborted,     // the record says why
        other_body,  // the key is in use for another request
        full,        // too much is unfinished: nothing was begun
        expired,     // the request is older than what is remembered: nothing was begun
    };
    std::string key;
    Kind kind = Kind::committed;
    DecisionRecord record;                       // of what was decided
    std::map<std::string, std::string> results;  // JSON text by answering participant

    auto operator<=>(const ClientAnswer&) const = default;
};

// What a coordinator wants done. In any order and at once: nothing here waits for anything else of
// it. Commands are repeated until their outcome comes, messages until they are answered.
struct CoordinatorOutput {
    std::vector<Message> messages;
    std::vector<DecisionCommand> commands;  // then Coordinator::stored()
    std::vector<ClientAnswer> answers;
    std::vector<Message> handovers;   // from its voting to its decision phase: to be logged
    std::vector<std::string> damage;  // what cannot be, in sentences for the operator

    bool empty() const {
        return messages.empty() && commands.empty() && answers.empty() && handovers.empty() &&
               damage.empty();
    }
};

}  // namespace gavel::two_phase
