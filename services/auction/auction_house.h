#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/clock/anchored_clock.h"
#include "common/contract/auction_document.h"
#include "common/limits.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/auction/auction_book.h"
#include "services/auction/command_log.h"
#include "services/auction/command_sequencer.h"
#include "services/auction/event_feed.h"
#include "services/auction/event_store.h"
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
class AuctionHouse {
  public:
    struct Options {
        AuctionLogLocation log;
        std::int64_t unix_now_us = 0;  // anchors the book's time
        std::uint64_t snapshot_interval_entries = limits::snapshot_interval_entries;
        std::function<void(const std::string&)> on_fatal;
    };

    // Throws LogDamaged or std::runtime_error with a sentence that says what to do.
    AuctionHouse(Scheduler& scheduler, const Options& options);
    ~AuctionHouse();
    AuctionHouse(const AuctionHouse&) = delete;
    AuctionHouse& operator=(const AuctionHouse&) = delete;

    void start();

    void submit(Command command, CommandSequencer::Done done);
    // The outcome that this key had first, when the log has it already.
    std::optional<Outcome> first_outcome(const IdempotencyKey& key) const {
        return book_.first_outcome(key);
    }

    const AuctionBook& book() const { return book_; }
    // The auction in the form of the wire; null when there is none.
    const contract::AuctionDocument* document(AuctionId id) const;
    EventFeed& feed() { return *feed_; }
    const std::string& log_id() const { return log_->log_id(); }

  private:
    void recover(const Options& options);
    void replay(std::uint64_t snapshot_index);
    // As the feed tells of them.
    EntryEvents entry_events(const Applied& applied) const;
    void take_in_event(const BookEvent& event);

    Scheduler& scheduler_;
    std::unique_ptr<CommandLog> log_;
    AuctionBook book_;
    std::unordered_map<AuctionId, contract::AuctionDocument> documents_;
    std::unique_ptr<EventStore> store_;
    std::unique_ptr<Worker> store_worker_;
    std::unique_ptr<EventFeed> feed_;
    std::unique_ptr<AnchoredClock> clock_;
    std::unique_ptr<CommandSequencer> sequencer_;
    std::unique_ptr<Snapshotter> snapshotter_;
};

}  // namespace gavel::auction
