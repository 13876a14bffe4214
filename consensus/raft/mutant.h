#pragma once

#include <cstdint>

namespace gavel::raft {

// Known bugs of Raft implementations, planted one at a time to show that the simulator would find
// them. A checker that never caught anything proves nothing.
//
// Production builds hold none of them: there `mutated` is constant and false, and the compiler
// removes what it guards. Only a build with GAVEL_RAFT_MUTANTS can plant one.
enum class Mutant : std::uint8_t {
    none,
    term_and_vote_apart,       // the vote reaches the disk with the batch after its term's
    vote_against_empty_log,    // after compaction a voter takes its log for empty
    commit_of_earlier_term,    // an entry of an earlier term is committed by counting
    change_before_own_commit,  // membership changes before an entry of the own term commits
    second_leader_accepted,    // a voter gives a second vote in a term, a follower follows both
    truncate_on_match,         // an append that matches still cuts off what follows it
    ack_before_fsync,          // entries are acknowledged before they are on disk
    retry_failed_fsync,        // a failed fsync is retried, and its success believed
    lease_read_after_pause,    // a leader trusts its own clock to answer reads
    retry_applied_twice,       // a retried operation takes effect again
    vote_counted_by_message,   // a duplicated vote counts twice
    commit_past_new_entries,   // a follower believes the commit index beyond what it was sent
    read_before_own_commit,    // a new leader answers reads before its no-op is committed
    count_,
};

#ifdef GAVEL_RAFT_MUTANTS
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
        "term_and_vote_apart",
        "vote_against_empty_log",
        "commit_of_earlier_term",
        "change_before_own_commit",
        "second_leader_accepted",
        "truncate_on_match",
        "ack_before_fsync",
        "retry_failed_fsync",
        "lease_read_after_pause",
        "retry_applied_twice",
        "vote_counted_by_message",
        "commit_past_new_entries",
        "read_before_own_commit",
    };
    return names[static_cast<int>(mutant)];
}

}  // namespace gavel::raft
