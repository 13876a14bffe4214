#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/feed/feed_follower.h"
#include "common/feed/view_file.h"
#include "common/feed/waiting_reads.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "common/storage/storage_trouble.h"

namespace gavel {

// What a view keeps of the feed, on disk. Used by one thread at a time.
class FeedStore {
  public:
    virtual ~FeedStore() = default;
    // What of the page is already there is left as it is. Throws StorageError: then nothing was
    // changed.
    virtual void append(const FeedPage& page) = 0;
    virtual Reached reached() = 0;
};

// Brings the feed into the store, one page at a time on a worker, and knows on the loop how far
// it has come. Loop thread only; borrows everything it is given, and the executor must run none
// of its tasks after the store has gone.
class StoredView : public FeedView {
  public:
    // Reads from the store where to go on.
    StoredView(Scheduler& scheduler, Executor& writer, FeedStore& store, StorageTrouble& trouble);
    ~StoredView() override;
    StoredView(const StoredView&) = delete;
    StoredView& operator=(const StoredView&) = delete;

    std::string log_id() const override { return reached_.log_id; }
    std::uint64_t index() const override { return reached_.index; }
    void apply(const FeedPage& page, std::function<void(bool)> done) override;
    // What was stored stays; the new log's events follow it.
    void restart(const std::string& log_id) override { reached_ = {log_id, 0}; }

    // Called with each page once it is in the store, before anybody who waits for it.
    void on_stored(std::function<void(const FeedPage&)> callback) {
        on_stored_ = std::move(callback);
    }
    // Called whenever somebody begins to wait for what is not stored yet.
    void when_waited_for(std::function<void()> callback) { waited_for_ = std::move(callback); }

    // Calls back with true once every event up to the index can be read, at once when that is so
    // already; with false after the time-out, or at once when too many wait.
    void when_reached(std::uint64_t index, std::int64_t timeout_ms,
                      std::function<void(bool)> callback);

  private:
    void on_written(const FeedPage& page, const std::optional<StorageError>& error,
                    const std::function<void(bool)>& done);

    Scheduler& scheduler_;
    Executor& writer_;
    FeedStore& store_;
    StorageTrouble& trouble_;
    std::function<void(const FeedPage&)> on_stored_;
    WaitingReads waiting_;
    std::function<void()> waited_for_;
    Reached reached_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
