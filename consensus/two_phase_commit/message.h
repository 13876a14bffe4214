#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase {

enum class MessageType : std::uint8_t {
    vote_request,     // coordinator to participant: can you do this, whatever happens?
    vote_commit,      // participant: yes, and I keep to it
    vote_abort,       // participant: no, and I have done nothing
    global_commit,    // coordinator: it is decided, do it
    global_abort,     // coordinator: it is decided, undo what was prepared
    acknowledgement,  // participant: done, and I will not ask again
    damage,           // participant: this decision contradicts what I was told or did before
    inquiry,          // participant in doubt to any coordinator: what was decided?
    pending,          // coordinator to who inquired: nothing yet, ask again
    count_,
};

constexpr const char* name_of(MessageType type) {
    constexpr const char* names[] = {
        "vote_request",    "vote_commit", "vote_abort", "global_commit", "global_abort",
        "acknowledgement", "damage",      "inquiry",    "pending",
    };
    return names[static_cast<int>(type)];
}

// One message between a coordinator and a participant. Each type uses the fields that its line
// names; the others keep their defaults.
struct Message {
    MessageType type = MessageType::vote_request;
    std::string from;
    std::string to;
    std::string id;             // of the transaction
    std::int64_t began_us = 0;  // of the transaction, when the sender knows it

    std::optional<Transaction> transaction;  // vote_request
    std::string facts;                       // vote_commit: the participant's own
    Refusal refusal;                         // vote_abort; of damage: the reason
    Facts all_facts;                         // global_commit
    std::string result;                      // acknowledgement: JSON text, for the client

    auto operator<=>(const Message&) const = default;
};

}  // namespace gavel::two_phase
