#include "services/auction/command_sequencer.h"

#include <algorithm>

#include "common/limits.h"

namespace gavel::auction {
CommandSequencer::CommandSequencer(LiveBook& live, CommandLog& log, Scheduler& scheduler,
                                   const AnchoredClock& clock)
    : live_(live),
      log_(log),
      scheduler_(scheduler),
      clock_(clock),
      expiry_(scheduler, live.book(), clock,
              [this](Command command, Done done) { submit(std::move(command), std::move(done)); }),
      frozen_bids_(scheduler, live.book(), [this](Command command, Done done) {
          submit(std::move(command), std::move(done));
      }) {}

CommandSequencer::~CommandSequencer() {
    *alive_ = false;
}

void CommandSequencer::start() {
    expiry_.look();
}

void CommandSequencer::submit(Command command, Done done, std::optional<Unchanged> condition) {
    if (failed_) {
        done(Refusal::log_failed, nullptr);
        return;
    }
    if (waiting_.size() >= limits::max_waiting_commands) {
        done(Refusal::overloaded, nullptr);
        return;
    }
    // What waits for a transaction's decision cannot be unchanged when that has come.
    if (!condition && frozen_bids_.keep_if_frozen(command, done)) return;
    waiting_.push_back({std::move(command), std::move(done), condition});
    if (in_flight_.empty()) begin_batch();
}

// Whether the command in front is tied to what its auction no longer is. REQUIRES: all commands
// before it are applied, since else that is yet to be seen.
bool CommandSequencer::refuse_if_changed() {
    const auto& condition = waiting_.front().condition;
    if (!condition || !live_.changed_since(condition->auction_id, condition->since)) return false;
    // Not from here: its caller may submit again.
    scheduler_.post([done = std::move(waiting_.front().done)] { done(Refusal::changed, nullptr); });
    waiting_.pop_front();
    return true;
}

void CommandSequencer::begin_batch() {
    std::vector<std::string> records;
    std::size_t bytes = 0;
    const std::int64_t now_us = clock_.unix_us();
    while (!waiting_.empty() && records.size() < limits::max_batch_commands &&
           bytes < limits::max_batch_bytes) {
        if (waiting_.front().condition && !records.empty()) break;
        if (refuse_if_changed()) continue;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        next.command.stamp_us = now_us;
        records.push_back(encode(next.command));
        bytes += records.back().size();
        in_flight_.push_back(std::move(next));
    }
    if (records.empty()) return;
    // `this` is used on the loop alone: the log may call back when the sequencer has gone.
    log_.append(std::move(records),
                [this, &scheduler = scheduler_, alive = alive_](AppendResult result) {
                    scheduler.post([this, alive, result] {
                        if (*alive) finish_batch(result);
                    });
                });
}

void CommandSequencer::finish_batch(AppendResult result) {
    std::vector<Waiting> batch = std::exchange(in_flight_, {});
    if (result == AppendResult::durable) {
        figures_.note(batch.size(), log_.last_append_us());
        apply_batch(std::move(batch));
    } else {
        failed_ = result == AppendResult::failed;
        const Refusal refusal = failed_ ? Refusal::log_failed : Refusal::log_full;
        for (auto& command : batch) command.done(refusal, nullptr);
        if (failed_) {
            for (auto& command : std::exchange(waiting_, {})) command.done(refusal, nullptr);
        }
        if (failed_ && on_fatal_) on_fatal_("the log failed; what it holds is read at the restart");
    }
    // A caller may have submitted again, which has begun the next batch already.
    if (in_flight_.empty() && !waiting_.empty() && !failed_) begin_batch();
    if (failed_) {
        frozen_bids_.refuse_all(Refusal::log_failed);
        return;
    }
    frozen_bids_.look();
    expiry_.look();
}

void CommandSequencer::apply_batch(std::vector<Waiting> batch) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(batch.size());
    for (const auto& waiting : batch) {
        LiveBook::Taken taken = live_.apply(waiting.command);
        if (on_events_ && taken.events.count > 0) on_events_(std::move(taken.events));
        outcomes.push_back(std::move(taken.outcome));
    }
    // The next batch goes to disk while the callers of this one are being told.
    if (!waiting_.empty()) begin_batch();
    if (on_batch_) on_batch_(live_.book().last_index());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (outcomes[i].code == OutcomeCode::frozen && !batch[i].condition) {
            frozen_bids_.keep(std::move(batch[i].command), std::move(batch[i].done));
        } else {
            batch[i].done(Refusal::none, &outcomes[i]);
        }
    }
}

}  // namespace gavel::auction
