#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/clock/anchored_clock.h"
#include "common/runtime/scheduler.h"
#include "services/auction/auction_engine.h"
#include "services/auction/command_log.h"
#include "services/auction/expiry_watch.h"
#include "services/auction/frozen_bids.h"
#include "services/auction/log_figures.h"

namespace gavel::auction {

// The owner of the log: gives commands their order and their time, makes them durable, applies
// them, and only then tells their callers.
//
// One batch is in flight; whatever arrives meanwhile rides in the next one. So a lone command
// waits for nobody, and a thousand at once share one transaction and one fsync (group commit,
// DeWitt et al. 1984). It also appends the expire commands when auctions come to their end, and
// those bids again that were waiting for a transaction's decision.
//
// Loop thread only. Borrows everything it is given.
class CommandSequencer {
  public:
    // Called for each applied command that told something, in order, before its caller is told.
    using OnEvents = std::function<void(EntryEvents)>;
    // Called after the last command of a batch was applied, before any caller is told.
    using OnBatch = std::function<void(std::uint64_t last_index)>;

    CommandSequencer(LiveBook& live, CommandLog& log, Scheduler& scheduler,
                     const AnchoredClock& clock);
    ~CommandSequencer();
    CommandSequencer(const CommandSequencer&) = delete;
    CommandSequencer& operator=(const CommandSequencer&) = delete;

    void on_events(OnEvents callback) { on_events_ = std::move(callback); }
    void on_batch(OnBatch callback) { on_batch_ = std::move(callback); }
    // The log failed: the process must end, so that a restart reads what is really there.
    void on_fatal(std::function<void(const std::string&)> callback) {
        on_fatal_ = std::move(callback);
    }

    // Begins to watch for auctions that come to their end.
    void start();

    // `condition`: see AuctionEngine::submit_if().
    void submit(Command command, Done done, std::optional<Unchanged> condition = std::nullopt);

    void append_to(MetricsPage& page) const { figures_.append_to(page); }

  private:
    struct Waiting {
        Command command;
        Done done;
        std::optional<Unchanged> condition = std::nullopt;
    };

    void begin_batch();
    bool refuse_if_changed();
    void finish_batch(AppendResult result);
    void apply_batch(std::vector<Waiting> batch);

    LiveBook& live_;
    CommandLog& log_;
    Scheduler& scheduler_;
    const AnchoredClock& clock_;
    OnEvents on_events_;
    OnBatch on_batch_;
    std::function<void(const std::string&)> on_fatal_;

    std::deque<Waiting> waiting_;
    std::vector<Waiting> in_flight_;
    bool failed_ = false;
    LogFigures figures_;
    ExpiryWatch expiry_;
    FrozenBids frozen_bids_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
