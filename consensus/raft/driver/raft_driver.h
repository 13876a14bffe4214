#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics/metrics_page.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/raft/driver/state_machine.h"
#include "consensus/raft/driver/transport.h"
#include "consensus/raft/raft_core.h"
#include "consensus/raft/raft_invariants.h"
#include "consensus/raft/raft_storage.h"

namespace gavel::raft {

// Owns a core and goes round with it (doc.h): ticks come from the loop's timers, the disk has an
// executor of its own, messages leave while it writes, and committed entries are applied on the
// loop. Everything that takes long is handed away, so the core never waits.
//
// Loop thread only. Borrows everything it is given; `disk` must run its tasks in order on one
// thread, which alone uses `storage` once the driver exists.
class RaftDriver {
  public:
    struct Options {
        Config core;
        std::int64_t tick_ms = 100;
        // A snapshot is made when so many entries were applied since the last one; so many before
        // it stay in memory for followers that are a little behind (thesis 5.1.3).
        std::uint64_t snapshot_interval_entries = 200'000;
        std::uint64_t keep_entries = 20'000;
        std::uint64_t seed = 0;
        // Writes a small batch on the loop itself while the disk is quick: two changes of threads
        // cost as much as its fsync does. One slow write, and the disk's thread has them all for a
        // while; so a disk that stalls stops the loop once.
        bool saves_on_loop = false;
    };
    // What the driver depends on.
    struct Parts {
        Scheduler& scheduler;
        Executor& disk;
        RaftStorage& storage;
        StateMachine& machine;
        Transport& transport;
    };

    RaftDriver(const Options& options, const Parts& parts, Restored restored);
    ~RaftDriver();
    RaftDriver(const RaftDriver&) = delete;
    RaftDriver& operator=(const RaftDriver&) = delete;

    // The disk failed, or Raft's rules were broken: the process must end at once.
    void on_fatal(std::function<void(const std::string&)> callback) {
        on_fatal_ = std::move(callback);
    }
    // Role, term or leader are others than before.
    void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

    // Time begins to pass.
    void start();

    // A message has come from another server.
    void step(Message message);

    // As RaftCore's. While the disk is full nothing is proposed: Refusal::overloaded.
    Proposed propose(std::vector<std::string> commands);
    Proposed change_membership(const MembershipChange& change);
    Proposed transfer_leadership(NodeId target);
    // Hands leadership to the follower that is furthest, if this server leads and there is one: a
    // leader that is about to stop, or cannot write, spares the cluster an election's wait.
    bool hand_over_leadership();

    // Calls back once everything that was acknowledged anywhere before this call is applied here
    // (a linearizable read, thesis 6.4); with false when that could not be confirmed in time.
    using ReadReady = std::function<void(bool confirmed)>;
    void read(ReadReady ready);

    const RaftCore& core() const { return core_; }
    void append_to(MetricsPage& page) const;
    bool disk_is_full() const { return disk_full_; }

  private:
    struct PendingRead {
        ReadReady ready;
        TimerId deadline;
        std::optional<Index> index;  // to be applied first, once it is known
    };

    void tick();
    // In debug and sanitizer builds: what must always hold does.
    void check();
    void pump();
    void pump_soon();
    void handle(Ready ready);
    void send(Message message);
    void send_chunk(Message message);
    void save(const std::shared_ptr<PersistBatch>& batch);
    bool may_save_on_loop(const PersistBatch& batch) const;
    void saved(const std::shared_ptr<PersistBatch>& batch, RaftStorage::Result result);
    void note_save(const PersistBatch& batch, std::int64_t begin_us);
    void restore(const SharedSnapshotMeta& meta);
    void apply(std::vector<Entry> entries);
    void maybe_snapshot();
    void store_snapshot(const SnapshotMeta& meta, std::string data);
    void take_read_states(const std::vector<ReadState>& states);
    void finish_reads();
    void finish_read(std::uint64_t context, bool confirmed);
    void hold_commit_news();
    void tell_change();
    void fail(const std::string& why);
    // Runs `work` on the disk's thread and `then` with its result on the loop, if this still is.
    template <class Work, class Then>
    void on_disk(Work work, Then then);

    const Options options_;
    Scheduler& scheduler_;
    Executor& disk_;
    RaftStorage& storage_;
    StateMachine& machine_;
    Transport& transport_;
    RaftCore core_;
    RaftInvariants invariants_;  // of debug builds

    std::function<void(const std::string&)> on_fatal_;
    std::function<void()> on_change_;
    bool started_ = false;
    bool failed_ = false;
    bool disk_full_ = false;
    SizeHistogram batches_;      // entries that were saved together
    DurationHistogram flushes_;  // and how long that took
    bool pumping_ = false;
    bool pump_posted_ = false;
    bool news_are_held_ = false;
    std::size_t disk_tasks_ = 0;  // handed to the disk's thread and not done
    std::int64_t save_on_loop_again_us_ = 0;
    int saves_since_merge_ = 0;
    bool making_snapshot_ = false;
    Index snapshot_asked_ = 0;
    std::map<std::uint64_t, PendingRead> reads_;  // by context
    std::uint64_t last_context_ = 0;

    struct Told {
        Role role = Role::follower;
        Term term = 0;
        NodeId leader = no_node;
        bool operator==(const Told&) const = default;
    };
    Told told_;
    TimerId tick_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::raft
