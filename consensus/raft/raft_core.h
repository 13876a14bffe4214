#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "consensus/raft/config.h"
#include "consensus/raft/log/raft_log.h"
#include "consensus/raft/membership.h"
#include "consensus/raft/message.h"
#include "consensus/raft/quorum/vote_tally.h"
#include "consensus/raft/random.h"
#include "consensus/raft/read_queue.h"
#include "consensus/raft/ready.h"
#include "consensus/raft/restored.h"
#include "consensus/raft/tracker/progress.h"

namespace gavel::raft {

// Something happened that Raft rules out: a bug, or a server that lies. The process must end.
class InvariantBroken : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

// Why the core did not take what it was asked.
enum class Refusal : std::uint8_t {
    none,
    not_leader,      // `leader` of the answer says who is, if known
    transferring,    // leadership is being handed over; ask again soon
    overloaded,      // too much waits to be committed; ask again later
    too_large,       // one entry is above its limit
    not_ready,       // no entry of the own term is committed yet; ask again soon
    change_pending,  // another membership change is not committed yet
    invalid,         // it makes no sense in the current membership: see `why`
};

struct Proposed {
    Refusal refusal = Refusal::none;
    // Of the first entry; the others follow. Whoever waits for one has it when an entry of this
    // term is applied at its index, and has lost it when one of another term is.
    Index index = 0;
    Term term = 0;
    NodeId leader = no_node;
    std::string why;
};

struct PeerStatus {
    NodeId id = no_node;
    Progress::State state = Progress::State::probe;
    Index match = 0;
    Index next = 0;
    bool recently_heard = false;
};

struct Status {
    NodeId id = no_node;
    Role role = Role::follower;
    Term term = 0;
    NodeId vote = no_node;
    NodeId leader = no_node;
    Index commit = 0;
    Index applied = 0;
    Index stable = 0;
    LogPosition base;
    LogPosition last;
    NodeId transfer_target = no_node;
    std::vector<PeerStatus> peers;  // of a leader
};

// The Raft algorithm for one server (doc.h tells the whole story). It does no I/O, knows no clock
// and no threads: ticks, messages, proposals and acknowledgements go in, a Ready comes out, and the
// same inputs and seed give the same outputs.
//
// One thread at a time. After any call, has_ready() says whether there is something to take.
class RaftCore {
  public:
    RaftCore(const Config& config, Restored restored, std::uint64_t seed);

    // ---- in --------------------------------------------------------------------------------
    // Time has passed: heartbeats and elections come from here alone.
    void tick();
    // A message has arrived. A message that makes no sense changes nothing.
    void step(Message message);

    // Appends commands to the log, if this server leads (paper 5.3). All or none.
    Proposed propose(std::vector<std::string> commands);
    // Appends a membership change (thesis 4.1): one at a time, and only after an entry of the own
    // term is committed (the correction of 2015 to the thesis's algorithm).
    Proposed change_membership(const MembershipChange& change);
    // Hands leadership over (thesis 3.10). Proposals are refused until it is done or given up.
    Proposed transfer_leadership(NodeId target);
    // Asks for an index to read at (thesis 6.4); the answer comes in Ready::reads, or is lost.
    // `context` is the caller's own and comes back with it.
    Proposed read(std::uint64_t context);

    // The batch that was taken last is on disk.
    void persisted();
    // The state machine has applied everything up to `index`.
    void applied(Index index);
    // The driver has stored a snapshot of its state machine. The last `keep_entries` entries before
    // it stay in memory for followers that are a little behind (thesis 5.1.3).
    void compact(const SnapshotMeta& meta, std::uint64_t keep_entries);
    // A chunk that was to be sent cannot be read any more: begin with the newest snapshot.
    void snapshot_unavailable(NodeId to);
    // Followers that have not learnt that the entries up to `index` are committed are told
    // (Config::holds_commit_news).
    void announce_commit(Index index);
    // Begins an election now, as if the election timeout had passed.
    void campaign();

    // ---- out -------------------------------------------------------------------------------
    bool has_ready() const;
    Ready take_ready();

    NodeId id() const { return config_.id; }
    Role role() const { return role_; }
    Term term() const { return hard_.term; }
    NodeId vote() const { return hard_.vote; }
    NodeId leader() const { return leader_; }
    Index commit_index() const { return commit_; }
    Index applied_index() const { return applied_; }
    const RaftLog& log() const { return log_; }
    const Membership& membership() const { return memberships_.back().second; }
    // The membership that a snapshot of the state at `index` must carry. REQUIRES: index is not
    // below the log's base.
    const Membership& membership_at(Index index) const;
    const SnapshotMeta& snapshot() const { return *snapshot_; }
    // The oldest snapshot that is being sent to somebody, or the newest; older ones may go.
    Index oldest_snapshot_in_use() const;
    // Somebody has entries and has not been told that they are committed.
    bool holds_commit_news() const;
    // True once an entry of its own term is committed by this leader: it knows then what is
    // committed (thesis 6.4, step 1).
    bool committed_own_term() const;
    Status status() const;

  private:
    using Peers = std::vector<std::pair<NodeId, Progress>>;

    // raft_core.cpp
    void handle_lower_term(const Message& message);
    void become_follower(Term term, NodeId leader);
    void dispatch(Message& message);
    Message message_to(NodeId to, MessageType type) const;
    void send(Message message) { out_.push_back(std::move(message)); }
    void send_when_durable(Message message, Index needs_stable);
    bool promises_are_durable() const;
    bool is_installing() const;
    bool may_restore() const;
    bool may_hand_out() const;
    Progress* peer(NodeId id);
    bool is_leader() const { return role_ == Role::leader; }
    bool wants_persist() const;

    // election.cpp
    void reset_election_timer();
    bool may_campaign() const;
    bool in_lease() const;
    void start_pre_vote();
    void start_election(bool transfer);
    void ask_for_votes(MessageType type, Term term, bool transfer);
    void handle_vote_request(const Message& message);
    void handle_vote_response(const Message& message);
    void count_vote(NodeId voter, bool granted);
    void become_leader();
    void tick_leader();
    bool quorum_heard_within(std::uint64_t ticks) const;
    LogPosition last_for_votes() const;

    // replication.cpp
    void append_own(EntryKind kind, Payload payload);
    void handle_append_request(Message& message);
    void append_entries(std::vector<Entry>& entries);
    void handle_append_response(const Message& message);
    void maybe_commit();
    void commit_to(Index index);
    void flush_all();
    bool needs_snapshot(const Progress& progress) const;
    bool may_append(const Progress& progress) const;
    bool lacks_commit_news(const Progress& progress, Index commit) const;
    bool has_commit_news(const Progress& progress) const;
    bool wants_flush(const Progress& progress) const;
    void flush(NodeId to, Progress& progress);
    void send_append(NodeId to, Progress& progress, std::vector<Entry> entries);
    Index own_match() const;

    // snapshots.cpp
    void flush_snapshot(NodeId to, Progress& progress);
    void handle_snapshot_request(Message& message);
    void handle_snapshot_response(const Message& message);
    void install(const SnapshotMeta& meta);

    // reads.cpp
    Refusal add_read(const WaitingRead& read);
    void maybe_begin_round();
    void maybe_end_round();
    void answer_read(const WaitingRead& read, Index index);
    void handle_read_index_request(const Message& message);
    void handle_read_index_response(const Message& message);
    void fail_reads();

    // membership_changes.cpp
    void add_membership(Index index, Membership membership);
    void drop_memberships_from(Index index);
    void membership_changed();
    bool change_is_pending() const { return memberships_.back().first > commit_; }
    void step_down_if_removed();

    // leadership_transfer.cpp
    void maybe_finish_transfer();
    void handle_timeout_now(const Message& message);

    Config config_;
    Random random_;
    std::uint64_t incarnation_;  // of this life, so that answers to an earlier one are known

    // Persistent state (figure 2): what it is, and what of it is on disk.
    HardState hard_;
    HardState saved_hard_;
    RaftLog log_;
    SharedSnapshotMeta snapshot_;
    // Each membership of the log with its index, from the one in force at the base on. The last is
    // in force, committed or not (thesis 4.1).
    std::vector<std::pair<Index, Membership>> memberships_;
    std::vector<NodeId> voters_;

    // Volatile state.
    Role role_ = Role::follower;
    NodeId leader_ = no_node;
    Index commit_ = 0;
    Index announced_ = 0;  // of commit_, while news of it are held
    Index handed_ = 0;     // handed out to be applied
    Index applied_ = 0;
    std::uint64_t ticks_ = 0;
    std::uint32_t election_elapsed_ = 0;
    std::uint32_t election_timeout_ = 0;
    VoteTally tally_;
    SnapshotReceiver receiver_;

    // Volatile state on leaders.
    Peers peers_;
    std::uint32_t heartbeat_elapsed_ = 0;
    std::size_t uncommitted_bytes_ = 0;
    ReadQueue reads_;
    NodeId transfer_target_ = no_node;
    std::uint32_t transfer_elapsed_ = 0;

    // What goes out next.
    std::vector<Message> out_;
    std::vector<Message> when_durable_;
    std::vector<SnapshotChunk> chunks_;
    SharedSnapshotMeta install_;  // to be put into the next batch
    std::vector<ReadState> read_states_;

    // The batch that is being written, and what it makes durable.
    struct Saving {
        HardState hard;
        SharedSnapshotMeta install;
    };
    std::optional<Saving> saving_;
    SharedSnapshotMeta restore_;  // installed on disk, to be given to the state machine
};

}  // namespace gavel::raft
