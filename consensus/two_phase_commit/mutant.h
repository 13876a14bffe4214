#pragma once

#include <cstdint>

namespace gavel::two_phase {

// Known bugs of two-phase commit, planted one at a time to show that the exploration would find
// them. A checker that never caught anything proves nothing.
//
// Production builds hold none of them: there `mutated` is constant and false, and the compiler
// removes what it guards. Only a build with GAVEL_TWO_PHASE_MUTANTS can plant one.
enum class Mutant : std::uint8_t {
    none,
    in_doubt_aborts_alone,        // a participant that voted to commit and hears nothing gives up
    commit_before_durable,        // global_commit leaves before the decision is durable
    forgets_before_all_told,      // forgotten when the first participant has acknowledged
    serves_before_locks,          // a restarted participant answers before its locks are back
    commit_by_majority,           // most votes are enough
    unreachable_dropped,          // at the time limit, those who voted decide
    vote_before_durable,          // vote_commit leaves before the prepared record is on disk
    abort_told_before_written,    // past the deadline an inquiry hears abort, and it is not written
    decision_overwritten,         // the last decision that is written wins, not the first
    acknowledged_before_durable,  // a commit is acknowledged before it is on disk
    vote_counted_by_message,      // a doubled vote counts twice
    count_,
};

#ifdef GAVEL_TWO_PHASE_MUTANTS
inline Mutant planted_mutant = Mutant::none;
inline bool mutated(Mutant mutant) {
    return planted_mutant == mutant;
}
#else
constexpr bool mutated(Mutant) {
    return false;
}
#endif

constexpr const char* name_of(Mutant mutant) {
    constexpr const char* names[] = {
        "none",
        "in_doubt_aborts_alone",
        "commit_before_durable",
        "forgets_before_all_told",
        "serves_before_locks",
        "commit_by_majority",
        "unreachable_dropped",
        "vote_before_durable",
        "abort_told_before_written",
        "decision_overwritten",
        "acknowledged_before_durable",
        "vote_counted_by_message",
    };
    return names[static_cast<int>(mutant)];
}

}  // namespace gavel::two_phase
