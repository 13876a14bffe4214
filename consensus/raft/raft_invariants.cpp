#include "consensus/raft/raft_invariants.h"

#include <algorithm>
#include <string>

namespace gavel::raft {
namespace {

[[noreturn]] void broken(const std::string& rule, NodeId server, const std::string& what) {
    throw InvariantBroken(rule + ": server " + std::to_string(server) + " " + what);
}

std::string text(const LogPosition& position) {
    return std::to_string(position.index) + " of term " + std::to_string(position.term);
}

}  // namespace

void RaftInvariants::check(const RaftCore& server) {
    auto& known = known_[server.id()];
    // A leader that is removed commits that and steps down in one step.
    const bool led = known.role == Role::leader || server.role() == Role::leader;
    check_term_and_role(server, known);
    check_log(server, known);
    check_commit(server, known, led);
}

void RaftInvariants::restarted(const RaftCore& server) {
    auto& known = known_[server.id()];
    // What was only in memory may be gone; check_log finds again what is there.
    known = Known{};
    known.term = server.term();
    known.commit = server.commit_index();
    // When only one server is seen, nobody has told what its snapshot replaces.
    if (!on_disk_ && committed_.size() <= known.commit) committed_.resize(known.commit + 1);
    check_log(server, known);
}

void RaftInvariants::check_term_and_role(const RaftCore& server, Known& known) {
    if (server.term() < known.term) broken("terms never fall", server.id(), "went back a term");
    const bool new_leader = server.role() == Role::leader &&
                            (known.role != Role::leader || known.term != server.term());
    known.term = server.term();
    known.role = server.role();
    if (!new_leader) return;
    const auto [leader, first] = leaders_.emplace(server.term(), server.id());
    if (!first && leader->second != server.id()) {
        broken("Election Safety", server.id(),
               "leads in term " + std::to_string(server.term()) + ", as does server " +
                   std::to_string(leader->second));
    }
    check_leader_is_complete(server);
}

void RaftInvariants::check_leader_is_complete(const RaftCore& server) {
    auto index = highest_committed();
    while (index > 0 && committed_[index].in_term >= server.term()) --index;
    if (index == 0 || committed_[index].in_term == 0) return;
    // By Log Matching the last one speaks for all before it.
    const LogPosition last{index, committed_[index].term};
    const bool has = last.index < server.log().base().index || server.log().matches(last);
    if (!has) {
        broken("Leader Completeness", server.id(),
               "leads in term " + std::to_string(server.term()) + " without the committed entry " +
                   text(last));
    }
}

void RaftInvariants::check_log(const RaftCore& server, Known& known) {
    const auto& log = server.log();
    const auto last = log.last_index();
    if (server.role() == Role::leader && last + 1 < known.terms.size()) {
        broken("Leader Append-Only", server.id(), "dropped entries of its log");
    }
    auto index = last;
    const auto base = log.base().index;
    // The entries up to where the log was the same before.
    while (index > base &&
           (index >= known.terms.size() || known.terms[index] != log.at(index).term)) {
        check_entry(server, index);
        --index;
    }
    known.terms.resize(last + 1);
    for (auto changed = index + 1; changed <= last; ++changed) {
        known.terms[changed] = log.at(changed).term;
    }
    known.terms[base] = log.base().term;
}

void RaftInvariants::check_entry(const RaftCore& server, Index index) {
    const auto& entry = server.log().at(index);
    const auto term_before = *server.log().term_at(index - 1);
    if (entry.index != index || entry.term < term_before || entry.term > server.term()) {
        broken("Log Matching", server.id(),
               "has entry " + text(entry.position()) + " out of order at " + std::to_string(index));
    }
    if (seen_.size() <= index) seen_.resize(index + 1);
    for (const auto& seen : seen_[index]) {
        if (seen.term != entry.term) continue;
        if (seen.term_before == term_before && seen.entry == entry) return;
        broken("Log Matching", server.id(),
               "has another entry " + text(entry.position()) + " than others have");
    }
    seen_[index].push_back({entry.term, term_before, entry});
}

void RaftInvariants::check_commit(const RaftCore& server, Known& known, bool led) {
    const auto commit = server.commit_index();
    if (commit == known.commit) return;
    if (commit < known.commit) broken("commit never falls", server.id(), "forgot a commit");
    for (auto index = known.commit + 1; index <= commit; ++index) {
        const auto term = server.log().term_at(index);
        if (index < committed_.size()) {
            if (term && *term != committed_[index].term) {
                broken("State Machine Safety", server.id(),
                       "commits " + text({index, *term}) + ", committed was term " +
                           std::to_string(committed_[index].term));
            }
            continue;
        }
        if (!led && on_disk_) {
            broken("a leader commits first", server.id(),
                   "commits " + std::to_string(index) + " that no leader has committed");
        }
        committed_.push_back({term.value_or(0), server.term()});
        if (index < commit || !on_disk_) continue;
        std::size_t on_disks = 0;
        const auto voters = server.membership().voters();
        for (const auto voter : voters) on_disks += on_disk_(voter, {index, *term}) ? 1 : 0;
        if (on_disks < majority_of(voters.size())) {
            broken("committed is durable on a majority", server.id(),
                   "commits " + text({index, *term}) + ", which is on " + std::to_string(on_disks) +
                       " of " + std::to_string(voters.size()) + " disks");
        }
    }
    known.commit = commit;
}

void RaftInvariants::applied(NodeId server, Index index, std::uint64_t state_hash) {
    if (state_hashes_.size() <= index) state_hashes_.resize(index + 1);
    auto& known = state_hashes_[index];
    if (known == 0) known = state_hash;
    if (known != state_hash) {
        broken("State Machine Safety", server,
               "is in another state than others at " + std::to_string(index));
    }
}

}  // namespace gavel::raft
