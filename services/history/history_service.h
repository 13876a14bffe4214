#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/feed/event_waits.h"
#include "common/feed/feed_follower.h"
#include "common/feed/stored_view.h"
#include "common/http/service_client.h"
#include "common/runtime/worker.h"
#include "common/storage/storage_trouble.h"
#include "services/history/history_handler.h"

namespace gavel::history {

struct HistoryOptions {
    std::string path;  // "" or ":memory:": nothing is kept
    // Called on the loop when a sync failed: what is on disk is unknown, the process must end.
    std::function<void(const std::string&)> on_fatal;
};

// The history service, wired: everything that happened, in order, for as long as the file is kept.
// Made, used and destroyed on the loop's thread; the scheduler outlives it.
class HistoryService {
  public:
    // Opens the file; throws a StorageError that says what to do when that is impossible.
    HistoryService(Scheduler& scheduler, ServiceClient& auctions, const HistoryOptions& options);

    // Begins to follow the auction service's feed.
    void start() { follower_.start(); }
    void append_to(MetricsPage& page) const { follower_.append_to(page); }

    const JSONRequestHandler& handler() const { return handler_; }

    // Calls back once the auction's event of that type is in the history.
    void when_told(std::uint64_t auction_id, FeedEvent::Type type, std::function<void()> told) {
        waits_.add(view_.log_id(), auction_id, type, std::move(told));
        follower_.hurry();
    }

  private:
    // The workers come after what their tasks touch, so that they are joined before it goes.
    StorageTrouble trouble_;
    HistoryStore store_;
    std::unique_ptr<Database> reading_connection_;  // none in memory: the store's serves
    HistoryReader reader_;
    Worker writing_worker_;
    std::unique_ptr<Worker> reading_worker_;  // none in memory, where there is one connection
    StoredView view_;
    EventWaits waits_;
    FeedFollower follower_;
    NoteWriter notes_;
    HistoryHandler handler_;
};

}  // namespace gavel::history
