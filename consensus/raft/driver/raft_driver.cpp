#include "consensus/raft/driver/raft_driver.h"

#include <algorithm>
#include <utility>

#include "common/logging/logging.h"
#include "consensus/raft/crc32.h"

namespace gavel::raft {
namespace {

constexpr std::int64_t full_disk_retry_ms = 200;
// So long the news that an entry is committed wait for the next entry to ride with. Under load
// there is one, and each follower is spared a message for every write; its client has the answer
// before either.
constexpr std::int64_t hold_news_ms = 1;
constexpr std::size_t max_entries_on_loop = 8;
constexpr std::int64_t slow_save_us = 20'000;
constexpr std::int64_t slow_disk_pause_us = 1'000'000;
constexpr int saves_between_merges = 50;
constexpr std::int64_t read_timeout_ms = 2'000;
constexpr std::size_t max_pending_reads = 10'000;
#ifdef GAVEL_RAFT_CHECKS
constexpr bool checks_invariants = true;
#else
constexpr bool checks_invariants = false;
#endif

auto log() {
    return service_logger("raft");
}

}  // namespace

RaftDriver::RaftDriver(const Options& options, const Parts& parts, Restored restored)
    : options_(options),
      scheduler_(parts.scheduler),
      disk_(parts.disk),
      storage_(parts.storage),
      machine_(parts.machine),
      transport_(parts.transport),
      core_(options.core, std::move(restored), options.seed),
      snapshot_asked_(core_.snapshot().last.index) {
    told_ = {core_.role(), core_.term(), core_.leader()};
    if (checks_invariants) invariants_.restarted(core_);
}

RaftDriver::~RaftDriver() {
    *alive_ = false;
    scheduler_.cancel(tick_timer_);
    for (const auto& [context, read] : reads_) scheduler_.cancel(read.deadline);
}

template <class Work, class Then>
void RaftDriver::on_disk(Work work, Then then) {
    const bool queued = disk_.submit([this, &scheduler = scheduler_, alive = alive_,
                                      work = std::move(work), then = std::move(then)]() mutable {
        try {
            auto result = std::make_shared<decltype(work())>(work());
            scheduler.post([this, alive, result, then = std::move(then)]() mutable {
                if (!*alive) return;
                --disk_tasks_;
                then(std::move(*result));
            });
        } catch (const std::exception& error) {
            scheduler.post([this, alive, why = std::string(error.what())] {
                if (*alive) fail(why);
            });
        }
    });
    ++disk_tasks_;
    if (!queued) fail("the disk's queue is full");
}

// ---- in ----------------------------------------------------------------------------------------

void RaftDriver::start() {
    started_ = true;
    tick_timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    pump();
}

void RaftDriver::tick() {
    if (failed_) return;
    tick_timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    core_.tick();
    pump();
}

void RaftDriver::check() {
    if (checks_invariants) invariants_.check(core_);
}

void RaftDriver::step(Message message) {
    if (!started_ || failed_) return;
    try {
        core_.step(std::move(message));
        check();
    } catch (const InvariantBroken& error) {
        fail(error.what());
        return;
    }
    pump_soon();
}

Proposed RaftDriver::propose(std::vector<std::string> commands) {
    if (failed_ || disk_full_) {
        Proposed refused;
        refused.refusal = Refusal::overloaded;
        refused.why = "there is no room on the leader's disk";
        return refused;
    }
    auto proposed = core_.propose(std::move(commands));
    pump_soon();
    return proposed;
}

Proposed RaftDriver::change_membership(const MembershipChange& change) {
    auto proposed = core_.change_membership(change);
    pump_soon();
    return proposed;
}

Proposed RaftDriver::transfer_leadership(NodeId target) {
    auto proposed = core_.transfer_leadership(target);
    pump_soon();
    return proposed;
}

bool RaftDriver::hand_over_leadership() {
    if (core_.role() != Role::leader) return false;
    NodeId furthest = no_node;
    Index match = 0;
    for (const auto& peer : core_.status().peers) {
        if (!peer.recently_heard || !core_.membership().is_voter(peer.id)) continue;
        if (furthest != no_node && peer.match <= match) continue;
        furthest = peer.id;
        match = peer.match;
    }
    return furthest != no_node && transfer_leadership(furthest).refusal == Refusal::none;
}

void RaftDriver::read(ReadReady ready) {
    if (failed_ || reads_.size() >= max_pending_reads) {
        ready(false);
        return;
    }
    const auto context = ++last_context_;
    auto& read = reads_[context];
    read.ready = std::move(ready);
    read.deadline =
        scheduler_.call_after_ms(read_timeout_ms, [this, context] { finish_read(context, false); });
    if (core_.read(context).refusal != Refusal::none) {
        finish_read(context, false);
        return;
    }
    pump_soon();
}

// ---- round and round ---------------------------------------------------------------------------

// What arrives in one turn of the loop is handled in one go.
void RaftDriver::pump_soon() {
    if (std::exchange(pump_posted_, true)) return;
    scheduler_.post([this, alive = alive_] {
        if (*alive) pump();
    });
}

void RaftDriver::pump() {
    pump_posted_ = false;
    if (pumping_ || failed_) return;
    pumping_ = true;
    try {
        check();
        if (core_.has_ready()) handle(core_.take_ready());
        check();
        if (core_.has_ready()) pump_soon();
    } catch (const InvariantBroken& error) {
        fail(error.what());
    }
    pumping_ = false;
    transport_.flush();
    hold_commit_news();
    tell_change();
}

void RaftDriver::hold_commit_news() {
    if (news_are_held_ || !core_.holds_commit_news()) return;
    news_are_held_ = true;
    const auto index = core_.commit_index();
    scheduler_.call_after_ms(hold_news_ms, [this, alive = alive_, index] {
        if (!*alive) return;
        news_are_held_ = false;
        core_.announce_commit(index);
        pump();
    });
}

void RaftDriver::handle(Ready ready) {
    for (auto& message : ready.messages) send(std::move(message));
    // Followers write while this server writes (thesis 10.2.1).
    transport_.flush();
    if (ready.persist) save(std::make_shared<PersistBatch>(std::move(*ready.persist)));
    if (ready.restore) restore(ready.restore);
    if (!ready.committed.empty()) apply(std::move(ready.committed));
    take_read_states(ready.reads);
    finish_reads();
}

void RaftDriver::send(Message message) {
    if (message.type == MessageType::snapshot_request) {
        send_chunk(std::move(message));
    } else {
        transport_.send(std::move(message));
    }
}

void RaftDriver::send_chunk(Message message) {
    const auto index = message.snapshot->last.index;
    const auto offset = message.offset;
    const auto bytes = message.chunk_bytes;
    on_disk([&storage = storage_, index, offset,
             bytes] { return storage.read_snapshot(index, offset, bytes); },
            [this, message = std::move(message)](std::string data) mutable {
                if (data.size() != message.chunk_bytes) {
                    core_.snapshot_unavailable(message.to);
                    pump_soon();
                    return;
                }
                Message filled = message;
                filled.data = std::move(data);
                transport_.send(std::move(filled));
                transport_.flush();
            });
}

void RaftDriver::save(const std::shared_ptr<PersistBatch>& batch) {
    if (may_save_on_loop(*batch)) {
        const auto begin_us = scheduler_.now_us();
        const auto result = storage_.save(*batch);
        const auto end_us = scheduler_.now_us();
        note_save(*batch, begin_us);
        if (end_us - begin_us > slow_save_us) save_on_loop_again_us_ = end_us + slow_disk_pause_us;
        saved(batch, result);
    } else {
        const auto begin_us = scheduler_.now_us();
        on_disk([&storage = storage_, batch] { return storage.save(*batch); },
                [this, batch, begin_us](RaftStorage::Result result) {
                    note_save(*batch, begin_us);
                    saved(batch, result);
                });
    }
}

// As the core sees it: with the wait for the disk's thread, where that has it.
void RaftDriver::note_save(const PersistBatch& batch, std::int64_t begin_us) {
    if (batch.entries.empty()) return;
    batches_.add(static_cast<double>(batch.entries.size()));
    flushes_.add_us(scheduler_.now_us() - begin_us);
}

void RaftDriver::append_to(MetricsPage& page) const {
    page.gauge("gavel_raft_term", "The term of Raft.", {}, static_cast<double>(core_.term()));
    page.gauge("gavel_raft_leader", "The id of the node that leads; 0: none is known.", {},
               static_cast<double>(core_.leader()));
    page.gauge("gavel_raft_is_leader", "1 on the node that leads.", {},
               core_.role() == Role::leader ? 1 : 0);
    page.gauge("gavel_raft_commit_index", "The last entry that a majority has.", {},
               static_cast<double>(core_.commit_index()));
    page.gauge("gavel_raft_applied_index", "The last entry that this node has applied.", {},
               static_cast<double>(core_.applied_index()));
    page.histogram("gavel_log_batch_entries", "Entries that were appended to the log together.", {},
                   batches_);
    page.histogram("gavel_log_flush_duration_seconds",
                   "How long an append to the log took on the disk, its fsync included.", {},
                   flushes_);
}

// Only while no task of the disk's thread is under way: the storage is one thread's at a time.
bool RaftDriver::may_save_on_loop(const PersistBatch& batch) const {
    return options_.saves_on_loop && disk_tasks_ == 0 && batch.chunks.empty() &&
           batch.install == nullptr && batch.entries.size() <= max_entries_on_loop &&
           scheduler_.now_us() >= save_on_loop_again_us_;
}

void RaftDriver::saved(const std::shared_ptr<PersistBatch>& batch, RaftStorage::Result result) {
    if (result == RaftStorage::Result::failed) {
        fail("the disk failed; what it holds is read at the restart");
        return;
    }
    const bool full = result == RaftStorage::Result::full;
    if (full != std::exchange(disk_full_, full)) {
        log()->warn("{}", full ? "there is no room on the disk; trying again until there is"
                               : "there is room on the disk again");
    }
    if (full) {
        // Another server may have room.
        hand_over_leadership();
        scheduler_.call_after_ms(full_disk_retry_ms, [this, alive = alive_, batch] {
            if (*alive) save(batch);
        });
        return;
    }
    core_.persisted();
    for (auto& message : batch->then_send) send(std::move(message));
    transport_.flush();  // before anything is applied: a leader waits for it
    pump();
    if (++saves_since_merge_ < saves_between_merges) return;
    // While nobody waits for the disk. A failure shows at the next save.
    saves_since_merge_ = 0;
    on_disk([&storage = storage_] { return storage.merge_when_due(); }, [](RaftStorage::Result) {});
}

void RaftDriver::restore(const SharedSnapshotMeta& meta) {
    on_disk([&storage = storage_,
             meta] { return storage.read_snapshot(meta->last.index, 0, meta->size_bytes); },
            [this, meta](const std::string& data) {
                if (crc32(data) != meta->crc) {
                    fail("the installed snapshot cannot be read back");
                    return;
                }
                machine_.restore(*meta, data);
                snapshot_asked_ = std::max(snapshot_asked_, meta->last.index);
                core_.applied(meta->last.index);
                log()->info("restored the state at entry {} from a snapshot of {} bytes",
                            meta->last.index, meta->size_bytes);
                pump();
            });
}

void RaftDriver::apply(std::vector<Entry> entries) {
    machine_.apply(entries);
    core_.applied(entries.back().index);
    maybe_snapshot();
}

// ---- snapshots ---------------------------------------------------------------------------------

void RaftDriver::maybe_snapshot() {
    if (making_snapshot_ || failed_) return;
    const auto index = std::min(core_.applied_index(), core_.log().stable());
    if (index < snapshot_asked_ + options_.snapshot_interval_entries) return;
    SnapshotMeta meta;
    meta.last = {index, *core_.log().term_at(index)};
    meta.membership = core_.membership_at(index);
    making_snapshot_ = true;
    snapshot_asked_ = index;
    machine_.make_snapshot(index, [this, alive = alive_, meta](std::optional<std::string> data) {
        if (!*alive) return;
        if (data) {
            store_snapshot(meta, std::move(*data));
        } else {
            making_snapshot_ = false;  // the next interval brings the next try
        }
    });
}

void RaftDriver::store_snapshot(const SnapshotMeta& wanted, std::string data) {
    SnapshotMeta meta = wanted;
    meta.size_bytes = data.size();
    meta.crc = crc32(data);
    on_disk(
        [&storage = storage_, meta, data = std::move(data)]() mutable {
            return storage.save_snapshot(meta, std::move(data));
        },
        [this, meta](RaftStorage::Result result) {
            making_snapshot_ = false;
            if (result == RaftStorage::Result::failed) {
                fail("the disk failed while it stored a snapshot");
                return;
            }
            if (result == RaftStorage::Result::full) {
                log()->warn("no snapshot was stored: there is no room on the disk");
                return;
            }
            // A snapshot that the leader sent meanwhile may be newer.
            if (meta.last.index > core_.snapshot().last.index) {
                core_.compact(meta, options_.keep_entries);
                log()->info("snapshot at entry {} stored, {} bytes", meta.last.index,
                            meta.size_bytes);
            }
            on_disk(
                [&storage = storage_, oldest = core_.oldest_snapshot_in_use()] {
                    storage.drop_snapshots_before(oldest);
                    return true;
                },
                [](bool) {});
        });
}

// ---- reads -------------------------------------------------------------------------------------

void RaftDriver::take_read_states(const std::vector<ReadState>& states) {
    for (const auto& state : states) {
        const auto found = reads_.find(state.context);
        if (found == reads_.end()) continue;
        if (state.confirmed) {
            found->second.index = state.index;
        } else {
            finish_read(state.context, false);
        }
    }
}

void RaftDriver::finish_reads() {
    std::vector<std::uint64_t> applied;
    for (const auto& [context, read] : reads_) {
        if (read.index && *read.index <= core_.applied_index()) applied.push_back(context);
    }
    for (const auto context : applied) finish_read(context, true);
}

void RaftDriver::finish_read(std::uint64_t context, bool confirmed) {
    auto read = reads_.extract(context);
    if (read.empty()) return;
    scheduler_.cancel(read.mapped().deadline);
    read.mapped().ready(confirmed);
}

// ---- what others should know -------------------------------------------------------------------

void RaftDriver::tell_change() {
    const Told now{core_.role(), core_.term(), core_.leader()};
    if (now == told_) return;
    told_ = now;
    if (now.leader == no_node) {
        log()->info("node {} is {} in term {}, no leader is known", core_.id(), name_of(now.role),
                    now.term);
    } else {
        log()->info("node {} is {} in term {}, node {} leads", core_.id(), name_of(now.role),
                    now.term, now.leader);
    }
    if (on_change_) on_change_();
}

void RaftDriver::fail(const std::string& why) {
    if (std::exchange(failed_, true)) return;
    log()->critical("{}", why);
    if (on_fatal_) on_fatal_(why);
}

}  // namespace gavel::raft
