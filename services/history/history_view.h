#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/feed/feed_follower.h"
#include "common/feed/waiting_reads.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/history/history_store.h"
#include "services/history/storage_trouble.h"

namespace gavel::history {

// Brings the feed into the store, one page at a time on a worker, and knows on the loop how far
// it has come. Loop thread only; borrows everything it is given, and the executor must run none
// of its tasks after the store has gone.
class HistoryView : public FeedView {
  public:
    // Reads from the store where to go on.
    HistoryView(Scheduler& scheduler, Executor& writer, HistoryStore& store,
                StorageTrouble& trouble);
    ~HistoryView() override;
    HistoryView(const HistoryView&) = delete;
    HistoryView& operator=(const HistoryView&) = delete;

    std::string log_id() const override { return reached_.log_id; }
    std::uint64_t index() const override { return reached_.index; }
    void apply(const FeedPage& page, std::function<void(bool)> done) override;
    // Earlier events stay listed; the new log's follow them.
    void restart(const std::string& log_id) override { reached_ = {log_id, 0}; }

    // Calls back with true once every event up to the index can be read, at once when that is so
    // already; with false after the time-out, or at once when too many wait.
    void when_reached(std::uint64_t index, std::int64_t timeout_ms,
                      std::function<void(bool)> callback);

  private:
    void on_written(const Reached& reached, const std::optional<StorageError>& error,
                    const std::function<void(bool)>& done);

    Scheduler& scheduler_;
    Executor& writer_;
    HistoryStore& store_;
    StorageTrouble& trouble_;
    WaitingReads waiting_;
    Reached reached_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::history
