#include "services/runner/replicated_house.h"

#include <algorithm>
#include <utility>

#include "common/limits.h"
#include "common/logging/logging.h"
#include "consensus/raft/driver/sqlite_raft_storage.h"
#include "services/runner/event_remake.h"
#include "services/runner/log_walk.h"
#include "services/runner/node_state.h"

namespace gavel {

using auction::Command;
using auction::Done;
using auction::Outcome;
using auction::Refusal;

namespace {

constexpr std::int64_t events_check_ms = 100;
constexpr int events_checks = 100;

}  // namespace

ReplicatedHouse::ReplicatedHouse(Scheduler& scheduler, Options options, raft::Index snapshot_index,
                                 const std::optional<std::string>& snapshot)
    : scheduler_(scheduler),
      options_(std::move(options)),
      frozen_bids_(scheduler, live_.book(), [this](Command command, Done done) {
          submit(std::move(command), std::move(done));
      }) {
    if (snapshot) take_state(*snapshot);
    store_ = std::make_unique<auction::EventStore>(options_.storage_path + ".events",
                                                   options_.cluster_id);
    store_worker_ = std::make_unique<Worker>("events", Worker::default_max_queued,
                                             Worker::Priority::background);
    snapshot_worker_ = std::make_unique<Worker>("snapshots", Worker::default_max_queued,
                                                Worker::Priority::background);
    const bool events_are_missing = store_->reached_index() < snapshot_index;
    feed_ = std::make_unique<auction::EventFeed>(scheduler_, store_.get(), store_worker_.get(),
                                                 snapshot_index);
    if (events_are_missing) {
        feed_->restart(snapshot_index);
        fetch_missing_events(snapshot_index);
    }
}

ReplicatedHouse::~ReplicatedHouse() {
    stopping_ = true;
    *alive_ = false;
}

void ReplicatedHouse::take_state(const std::string& snapshot) {
    NodeState state = NodeState::deserialize(snapshot);
    live_ = auction::LiveBook(std::move(state.book));
    decisions_ = std::move(state.decisions);
    heads_notice_.skip(live_.book());
}

bool ReplicatedHouse::leads() const {
    return driver_ != nullptr && driver_->core().role() == raft::Role::leader;
}

bool ReplicatedHouse::has_all_of_earlier_terms() const {
    return leads() && applied_term_ == driver_->core().term();
}

std::string ReplicatedHouse::not_ready_because() const {
    if (feed_->suspended()) return "the events before the snapshot are being fetched";
    return {};
}

// ---- proposing ---------------------------------------------------------------------------------

void ReplicatedHouse::leadership_changed() {
    // Who waits for news here should look elsewhere.
    if (driver_->core().leader() == raft::no_node) feed_->release_waiters();
    if (!leads()) {
        expiry_.reset();
        clock_.reset();
        refuse_waiting(Refusal::no_leader);
        frozen_bids_.refuse_all(Refusal::no_leader);
        return;
    }
    if (driver_->core().term() == led_term_ && clock_ != nullptr) return;
    led_term_ = driver_->core().term();
    // Stamps never fall behind the book, though the last leader's clock was ahead of this one's.
    clock_ = std::make_unique<AnchoredClock>(
        scheduler_, std::max(options_.unix_now_us(), live_.book().time_us()));
    expiry_ = std::make_unique<auction::ExpiryWatch>(
        scheduler_, live_.book(), *clock_,
        [this](Command command, Done done) { submit(std::move(command), std::move(done)); });
    expiry_->look();
}

void ReplicatedHouse::submit(Command command, Done done) {
    if (leads() && frozen_bids_.keep_if_frozen(command, done)) return;
    enqueue({std::move(command), std::move(done)});
}

void ReplicatedHouse::submit_if(auction::Unchanged condition, Command command, Done done) {
    enqueue({std::move(command), std::move(done), condition});
}

void ReplicatedHouse::submit_decision(const two_phase::DecisionCommand& command,
                                      DecisionDone done) {
    enqueue({decision_payload(command.encode()), std::move(done)});
}

void ReplicatedHouse::enqueue(Waiting waiting) {
    if (!leads() || clock_ == nullptr) {
        refuse(waiting.done, Refusal::no_leader);
        return;
    }
    if (waiting_.size() >= limits::max_waiting_commands) {
        refuse(waiting.done, Refusal::overloaded);
        return;
    }
    waiting_.push_back(std::move(waiting));
    propose_soon();
}

// What arrives in one turn of the loop becomes one batch.
void ReplicatedHouse::propose_soon() {
    if (std::exchange(propose_posted_, true)) return;
    scheduler_.post([this, alive = alive_] {
        if (*alive) propose_waiting();
    });
}

// What is tied to its auction's state is decided when all before it is applied; false until then.
bool ReplicatedHouse::settles_condition() {
    while (!waiting_.empty() && waiting_.front().condition) {
        if (!proposed_.empty() || !has_all_of_earlier_terms()) return false;
        const auto& condition = *waiting_.front().condition;
        if (!live_.changed_since(condition.auction_id, condition.since)) return true;
        const AnyDone done = std::move(waiting_.front().done);
        waiting_.pop_front();
        refuse(done, Refusal::changed);
    }
    return true;
}

void ReplicatedHouse::propose_waiting() {
    propose_posted_ = false;
    while (!waiting_.empty()) {
        if (!leads() || clock_ == nullptr) {
            refuse_waiting(Refusal::no_leader);
            return;
        }
        if (!settles_condition()) return;  // apply() goes on
        std::vector<std::string> records;
        std::size_t bytes = 0;
        const std::int64_t now_us = clock_->unix_us();
        for (auto& waiting : waiting_) {
            if (records.size() >= limits::max_batch_commands || bytes >= limits::max_batch_bytes) {
                break;
            }
            if (waiting.condition && !records.empty()) break;
            if (auto* command = std::get_if<Command>(&waiting.what)) {
                command->stamp_us = now_us;
                records.push_back(auction::encode(*command));
            } else {
                records.push_back(std::get<std::string>(waiting.what));
            }
            bytes += records.back().size();
        }
        if (records.empty()) return;
        const std::size_t count = records.size();
        const auto answer = driver_->propose(std::move(records));
        for (std::size_t i = 0; i < count; ++i) {
            AnyDone done = std::move(waiting_.front().done);
            waiting_.pop_front();
            if (answer.refusal == raft::Refusal::none) {
                proposed_.push_back({answer.index + i, answer.term, std::move(done)});
            } else {
                refuse(done, refusal_of(answer.refusal));
            }
        }
    }
}

Refusal ReplicatedHouse::refusal_of(raft::Refusal refusal) const {
    switch (refusal) {
        case raft::Refusal::overloaded:
            return driver_->disk_is_full() ? Refusal::log_full : Refusal::overloaded;
        default: return Refusal::no_leader;
    }
}

void ReplicatedHouse::refuse_waiting(Refusal refusal) {
    for (const auto& waiting : std::exchange(waiting_, {})) refuse(waiting.done, refusal);
}

void ReplicatedHouse::refuse(const AnyDone& done, Refusal refusal) {
    std::visit([refusal](const auto& tell) { tell(refusal, nullptr); }, done);
}

// ---- applying ----------------------------------------------------------------------------------

void ReplicatedHouse::apply(const std::vector<raft::Entry>& entries) {
    for (const auto& entry : entries) apply_entry(entry);
    feed_->publish(live_.book().last_index());
    heads_notice_.look(live_.book());
    for (auto& [done, outcome] : std::exchange(settled_, {})) {
        done(outcome ? Refusal::none : Refusal::lost, outcome ? &*outcome : nullptr);
    }
    for (auto& [done, outcome] : std::exchange(settled_decisions_, {})) {
        done(Refusal::none, &outcome);
    }
    frozen_bids_.look();
    if (expiry_ != nullptr) expiry_->look();
    if (!waiting_.empty()) propose_soon();
}

void ReplicatedHouse::apply_entry(const raft::Entry& entry) {
    applied_term_ = entry.term;
    Result result;
    if (entry.kind != raft::EntryKind::command) {
        live_.skip();
    } else if (const auto decision = decision_in(entry.payload.view())) {
        result.decided = decisions_.apply(two_phase::DecisionCommand::decode(*decision));
        live_.skip();
    } else {
        result.command = auction::decode(entry.payload.view());
        auto taken = live_.apply(result.command);
        if (taken.events.count > 0) feed_->add(std::move(taken.events));
        result.outcome = std::move(taken.outcome);
    }
    settle(entry, std::move(result));
}

// Whoever proposed this entry has it; whose entry another one took the place of has lost it.
void ReplicatedHouse::settle(const raft::Entry& entry, Result result) {
    while (!proposed_.empty() && proposed_.front().index <= entry.index) {
        const Proposed first = std::move(proposed_.front());
        proposed_.pop_front();
        if (first.index == entry.index && first.term == entry.term) {
            settle_own(first.done, std::move(result));
            return;  // what follows was proposed for later entries
        }
        if (const auto* done = std::get_if<Done>(&first.done)) {
            settled_.emplace_back(*done, std::nullopt);
        } else {
            refuse(first.done, Refusal::lost);
        }
    }
}

void ReplicatedHouse::settle_own(const AnyDone& done, Result result) {
    if (result.decided) {
        settled_decisions_.emplace_back(std::get<DecisionDone>(done), std::move(*result.decided));
    } else if (result.outcome->code == auction::OutcomeCode::frozen) {
        frozen_bids_.keep(std::move(result.command), std::get<Done>(done));
    } else {
        settled_.emplace_back(std::get<Done>(done), std::move(result.outcome));
    }
}

// ---- snapshots ---------------------------------------------------------------------------------

void ReplicatedHouse::restore(const raft::SnapshotMeta& meta, const std::string& data) {
    take_state(data);
    // What was proposed up to here may be in the snapshot, or not.
    while (!proposed_.empty() && proposed_.front().index <= meta.last.index) {
        const AnyDone done = std::move(proposed_.front().done);
        proposed_.pop_front();
        refuse(done, Refusal::lost);
    }
    feed_->restart(meta.last.index);
    fetch_missing_events(meta.last.index);
}

void ReplicatedHouse::fetch_missing_events(std::uint64_t target) {
    backfill_ = std::make_unique<auction::FeedBackfill>(scheduler_, *store_, *store_worker_,
                                                        options_.next_node);
    // On the store's own thread, behind what is still on its way to it.
    const bool queued = store_worker_->submit(
        [this, &scheduler = scheduler_, alive = alive_, store = store_.get(), target] {
            std::uint64_t reached = store->reached_index();
            try {
                reached = remake_events(options_.storage_path, *store, target, stopping_);
            } catch (const std::exception& error) {
                service_logger("raft_node")
                    ->warn("events cannot be made from the log, other nodes are asked: {}",
                           error.what());
            }
            scheduler.post([this, alive, reached, target] {
                if (!*alive || feed_->index() < target) return;
                backfill_->start(options_.cluster_id, reached, target, [this] { feed_->resume(); });
            });
        });
    if (!queued) service_logger("raft_node")->error("the events' queue is full");
}

// A snapshot must not get ahead of the events on disk: whoever starts from it has to have them.
void ReplicatedHouse::make_snapshot(raft::Index index, SnapshotMade made) {
    snapshot_when_events_are_stored(index, std::move(made), events_checks);
}

void ReplicatedHouse::snapshot_when_events_are_stored(raft::Index index, SnapshotMade made,
                                                      int tries_left) {
    if (feed_->suspended() || tries_left == 0) {
        made(std::nullopt);
        return;
    }
    const bool queued = store_worker_->submit([this, &scheduler = scheduler_, alive = alive_,
                                               store = store_.get(), index, made, tries_left] {
        bool stored = false;
        try {
            stored = store->reached_index() >= index;
            if (stored) store->sync();
        } catch (const std::exception& error) {
            service_logger("raft_node")->warn("events cannot be flushed: {}", error.what());
            stored = false;
        }
        scheduler.post([this, alive, index, made, tries_left, stored] {
            if (!*alive) return;
            if (stored) {
                replay_to_snapshot(index, made);
                return;
            }
            scheduler_.call_after_ms(events_check_ms, [this, alive, index, made, tries_left] {
                if (*alive) snapshot_when_events_are_stored(index, made, tries_left - 1);
            });
        });
    });
    if (!queued) made(std::nullopt);
}

// Off to the side: the snapshot before, and the entries since, give the same state.
void ReplicatedHouse::replay_to_snapshot(raft::Index index, SnapshotMade made) {
    const bool queued = snapshot_worker_->submit([this, &scheduler = scheduler_, alive = alive_,
                                                  path = options_.storage_path, index, made] {
        auto data = std::make_shared<std::optional<std::string>>();
        try {
            NodeState state;
            if (const auto before = raft::SqliteRaftStorage::read_newest_snapshot(path)) {
                state = NodeState::deserialize(before->second);
            }
            const bool finished = walk_log(path, state.book.last_index() + 1, index, stopping_,
                                           [&](const raft::Entry& entry) { state.apply(entry); });
            if (!finished) return;
            *data = state.serialize();
        } catch (const std::exception& error) {
            service_logger("raft_node")->warn("no snapshot was made: {}", error.what());
        }
        scheduler.post([alive, data, made] {
            if (*alive) made(std::move(*data));
        });
    });
    if (!queued) made(std::nullopt);
}

}  // namespace gavel
