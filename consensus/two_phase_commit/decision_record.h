#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase {

enum class Decision : std::uint8_t { pending, commit, abort };

constexpr const char* name_of(Decision decision) {
    constexpr const char* names[] = {"PENDING", "COMMIT", "ABORT"};
    return names[static_cast<int>(decision)];
}

// What is durable about one transaction. There is one such record for it in the world, and whatever
// became of the transaction is what this record says.
struct DecisionRecord {
    Transaction transaction;
    // Who asked for it: requests with one key are one transaction, unless that was aborted for what
    // may be otherwise now (can_be_retried()).
    std::string key;
    std::string fingerprint;  // of the request's body
    Decision decision = Decision::pending;
    std::map<std::string, bool> votes;  // of who voted: true is commit
    Facts facts;                        // until it is finished
    Refusal refusal;                    // of an abort
    std::string refused_by;             // a participant; "" when it was the time limit
    std::int64_t decided_us = 0;        // Unix time of the table; 0: not yet
    std::int64_t finished_us = 0;       // likewise: nobody has to be told any more

    bool is_finished() const { return finished_us != 0; }
    // Nobody refused it for good: somebody did not answer, another transaction was in the way, or
    // the client had not seen the newest of what it would change.
    bool can_be_retried() const {
        return decision == Decision::abort &&
               (refusal.status == 503 || refusal.status == Refusal::locked ||
                refusal.status == 412);
    }

    std::string encode() const;
    // Throws MalformedRecord.
    static DecisionRecord decode(std::string_view bytes);

    auto operator<=>(const DecisionRecord&) const = default;
};

}  // namespace gavel::two_phase
