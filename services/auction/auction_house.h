#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/clock/anchored_clock.h"
#include "common/clock/clock.h"
#include "common/limits.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/auction/auction_engine.h"
#include "services/auction/command_log.h"
#include "services/auction/command_sequencer.h"
#include "services/auction/event_store.h"
#include "services/auction/heads_notice.h"
#include "services/auction/snapshotter.h"

namespace gavel::auction {

// Where the auction service keeps its data: the value of AUCTION_LOG.
struct AuctionLogLocation {
    // "memory:" or "sqlite:PATH". Throws std::invalid_argument that names what is allowed.
    static AuctionLogLocation parse(const std::string& text);

    bool in_memory = false;
    std::string path;
};

// The auction service without HTTP: the log, the book that applies it, and the feed that tells of
// it. Recovers on construction: the last snapshot, then the entries after it.
//
// Loop thread only. Owns everything below it.
class AuctionHouse : public AuctionEngine {
  public:
    struct Options {
        AuctionLogLocation log;
        std::function<std::int64_t()> unix_now_us = wall_clock_us;  // read once, as the anchor
        std::uint64_t snapshot_interval_entries = limits::snapshot_interval_entries;
        std::function<void(const std::string&)> on_fatal;
    };

    // Throws LogDamaged or std::runtime_error with a sentence that says what to do.
    AuctionHouse(Scheduler& scheduler, const Options& options);
    ~AuctionHouse() override;
    AuctionHouse(const AuctionHouse&) = delete;
    AuctionHouse& operator=(const AuctionHouse&) = delete;

    void start();

    void submit(Command command, Done done) override;
    void submit_if(Unchanged condition, Command command, Done done) override;
    Scheduler& scheduler() override { return scheduler_; }
    const LiveBook& live() const override { return live_; }
    EventFeed& feed() override { return *feed_; }
    const std::string& log_id() const override { return log_->log_id(); }
    void append_to(MetricsPage& page) const { sequencer_->append_to(page); }

  private:
    void recover(const Options& options);
    void replay(std::uint64_t snapshot_index);

    Scheduler& scheduler_;
    std::unique_ptr<CommandLog> log_;
    LiveBook live_;
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<Worker> store_worker_;
    std::unique_ptr<EventFeed> feed_;
    std::unique_ptr<AnchoredClock> clock_;
    std::unique_ptr<CommandSequencer> sequencer_;
    std::unique_ptr<Snapshotter> snapshotter_;
    HeadsNotice heads_notice_;
};

}  // namespace gavel::auction
