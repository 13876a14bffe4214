#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/clock/anchored_clock.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/raft/driver/raft_driver.h"
#include "consensus/raft/driver/raft_node.h"
#include "consensus/two_phase_commit/decision_table.h"
#include "services/auction/auction_engine.h"
#include "services/auction/event_store.h"
#include "services/auction/expiry_watch.h"
#include "services/auction/feed_backfill.h"
#include "services/auction/frozen_bids.h"
#include "services/auction/heads_notice.h"

namespace gavel {

// The auction book as the state machine of a replicated log: what a Raft node serves. Commands are
// proposed while this node leads, stamped with its clock, and answered when the book has applied
// them, which is after a majority had them on disk. An index of the log is an index of the book;
// the log's own entries only take their numbers. Beside the book stands the decision table of
// two-phase commit, whose commands go the same way (NodeState).
//
// Loop thread only. Owns the book, its events and the threads for their disk; borrows the driver.
class ReplicatedHouse : public auction::AuctionEngine, public raft::StateMachine {
  public:
    struct Options {
        std::string cluster_id;    // names the log
        std::string storage_path;  // of the Raft log, which snapshots are made from
        std::function<std::int64_t()> unix_now_us;
        // Where to fetch events that this node lacks.
        auction::FeedBackfill::NextNode next_node;
    };

    // `snapshot` is what the disk has, if anything; entries come later, through apply().
    ReplicatedHouse(Scheduler& scheduler, Options options, raft::Index snapshot_index,
                    const std::optional<std::string>& snapshot);
    ~ReplicatedHouse() override;

    // The driver that proposes; set before anything is submitted.
    void set_driver(raft::RaftDriver& driver) { driver_ = &driver; }
    // Role, term or leader are others than before.
    void leadership_changed();

    // This node leads, and has applied an entry of its own term: so everything that any leader
    // before it has acknowledged is in the book (thesis 6.4, step 1).
    bool has_all_of_earlier_terms() const;

    // ---- AuctionEngine ---------------------------------------------------------------------
    void submit(auction::Command command, auction::Done done) override;
    void submit_if(auction::Unchanged condition, auction::Command command,
                   auction::Done done) override;
    Scheduler& scheduler() override { return scheduler_; }
    const auction::LiveBook& live() const override { return live_; }
    auction::EventFeed& feed() override { return *feed_; }
    const std::string& log_id() const override { return options_.cluster_id; }
    std::string not_ready_because() const override;

    // ---- The decision table ----------------------------------------------------------------
    // As submit(). `outcome` is null when it was refused.
    using DecisionDone =
        std::function<void(auction::Refusal, const two_phase::DecisionOutcome* outcome)>;
    void submit_decision(const two_phase::DecisionCommand& command, DecisionDone done);
    const two_phase::DecisionTable& decisions() const { return decisions_; }

    // ---- raft::StateMachine ----------------------------------------------------------------
    void apply(const std::vector<raft::Entry>& entries) override;
    void restore(const raft::SnapshotMeta& meta, const std::string& data) override;
    void make_snapshot(raft::Index index, SnapshotMade made) override;

  private:
    using AnyDone = std::variant<auction::Done, DecisionDone>;
    struct Waiting {
        std::variant<auction::Command, std::string> what;  // or a decision's payload
        AnyDone done;
        std::optional<auction::Unchanged> condition = std::nullopt;
    };
    // Proposed, and not yet applied.
    struct Proposed {
        raft::Index index = 0;
        raft::Term term = 0;
        AnyDone done;
    };
    // What an entry came to, if it came to anything that somebody may be told.
    struct Result {
        std::optional<auction::Outcome> outcome;
        auction::Command command;  // of that outcome
        std::optional<two_phase::DecisionOutcome> decided;
    };

    void take_state(const std::string& snapshot);
    // Takes the wish, or refuses it at once.
    void enqueue(Waiting waiting);
    void propose_soon();
    void propose_waiting();
    bool settles_condition();
    static void refuse(const AnyDone& done, auction::Refusal refusal);
    auction::Refusal refusal_of(raft::Refusal refusal) const;
    void refuse_waiting(auction::Refusal refusal);
    void apply_entry(const raft::Entry& entry);
    void settle(const raft::Entry& entry, Result result);
    void settle_own(const AnyDone& done, Result result);
    bool leads() const;
    void fetch_missing_events(std::uint64_t target);
    void snapshot_when_events_are_stored(raft::Index index, SnapshotMade made, int tries_left);
    void replay_to_snapshot(raft::Index index, SnapshotMade made);

    Scheduler& scheduler_;
    const Options options_;
    std::atomic<bool> stopping_ = false;  // read by the workers, so it outlives them
    auction::LiveBook live_;
    auction::FrozenBids frozen_bids_;
    two_phase::DecisionTable decisions_;
    std::unique_ptr<auction::EventStore> store_;
    std::unique_ptr<Worker> store_worker_;
    std::unique_ptr<auction::EventFeed> feed_;
    std::unique_ptr<auction::FeedBackfill> backfill_;
    auction::HeadsNotice heads_notice_;

    raft::RaftDriver* driver_ = nullptr;
    std::unique_ptr<AnchoredClock> clock_;  // anchored anew whenever this node begins to lead
    std::unique_ptr<auction::ExpiryWatch> expiry_;
    raft::Term led_term_ = 0;
    raft::Term applied_term_ = 0;  // of the last entry that was applied

    std::deque<Waiting> waiting_;
    bool propose_posted_ = false;
    std::deque<Proposed> proposed_;  // by index
    // What is told when the batch that is being applied is done.
    std::vector<std::pair<auction::Done, std::optional<auction::Outcome>>> settled_;
    std::vector<std::pair<DecisionDone, two_phase::DecisionOutcome>> settled_decisions_;

    std::unique_ptr<Worker> snapshot_worker_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
