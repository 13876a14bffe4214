#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gavel::two_phase {

// One change that happens at every participant or at none.
struct Transaction {
    // Never used again, by nobody: the decision table makes it (decision_table.h).
    std::string id;
    std::string kind;     // "create" or "close"; the participants know what it means
    std::string payload;  // JSON text, for the participants alone
    std::string label;    // what people call it, as the name of an auction
    // What no other transaction may touch meanwhile, as in "auction 7"; "" when that is nothing.
    std::string lock;
    std::vector<std::string> participants;
    // Unix time as the decision table has it, rising and unique: it also orders transactions.
    std::int64_t began_us = 0;
    // Unix time. Until then the vote is open, and only its coordinator acts; after it anybody may
    // have the transaction aborted. Safety does not rest on it.
    std::int64_t deadline_us = 0;

    auto operator<=>(const Transaction&) const = default;
};

// What participants said when they voted to commit: JSON text by participant, "" for nothing.
// All of them are told it with the decision.
using Facts = std::map<std::string, std::string>;

// Why a transaction was aborted, as the client is told it.
struct Refusal {
    // Locked (RFC 4918, section 11.3): another transaction has what this one would change.
    static constexpr int locked = 423;

    int status = 0;  // of HTTP: 404, 409, 422, …; 503 when nothing speaks against trying again
    std::string reason;
    std::string answer;  // JSON text: the whole answer for the client, "" when the reason is it

    auto operator<=>(const Refusal&) const = default;
};

}  // namespace gavel::two_phase
