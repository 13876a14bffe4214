#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "consensus/raft/raft_core.h"

namespace gavel::raft {

// Checks the five properties of the paper's figure 3, and what they rest on, over all servers of a
// cluster: it sees what no server can see. Call check() with a server after each of its steps; it
// looks only at what has changed since, so that it costs little. Every offence is an
// InvariantBroken that says which rule, where.
//
//   Election Safety        one leader a term
//   Leader Append-Only     a leader never drops or replaces an entry
//   Log Matching           one entry for each index and term, and one predecessor
//   Leader Completeness    a leader has every entry that earlier terms committed
//   State Machine Safety   one committed entry for each index; equal states at equal indexes
//   and: terms and commit indexes never fall; a leader commits first; what it commits is on the
//   disks of a majority
//
// One thread at a time.
class RaftInvariants {
  public:
    // True when the server's disk, as a crash would leave it, holds the entry.
    using OnDisk = std::function<bool(NodeId server, const LogPosition& entry)>;

    // Of a whole cluster.
    explicit RaftInvariants(OnDisk on_disk) : on_disk_(std::move(on_disk)) {}
    // Of the one server that this process is: what takes the sight of all servers is left out.
    RaftInvariants() = default;

    void check(const RaftCore& server);
    // The server has lost its memory; what it starts with was just loaded.
    void restarted(const RaftCore& server);
    // The server's state machine, after the entry at `index`.
    void applied(NodeId server, Index index, std::uint64_t state_hash);

    Index highest_committed() const { return committed_.size() - 1; }

  private:
    struct Seen {  // an entry, once it is in any log
        Term term;
        Term term_before;
        Entry entry;
    };
    struct Committed {
        Term term = 0;
        Term in_term = 0;  // the term of the leader that committed it
    };
    struct Known {  // of one server, since it was looked at last
        Term term = 0;
        Role role = Role::follower;
        Index commit = 0;
        std::vector<Term> terms{0};  // by index
    };

    void check_term_and_role(const RaftCore& server, Known& known);
    void check_log(const RaftCore& server, Known& known);
    void check_entry(const RaftCore& server, Index index);
    void check_commit(const RaftCore& server, Known& known, bool led);
    void check_leader_is_complete(const RaftCore& server);

    OnDisk on_disk_;  // empty when only one server is seen
    std::map<NodeId, Known> known_;
    std::map<Term, NodeId> leaders_;
    std::vector<std::vector<Seen>> seen_;      // by index
    std::vector<Committed> committed_{1};      // by index
    std::vector<std::uint64_t> state_hashes_;  // by index; 0 while unknown
};

}  // namespace gavel::raft
