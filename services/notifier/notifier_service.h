#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "common/clock/clock.h"
#include "common/feed/event_waits.h"
#include "common/feed/feed_follower.h"
#include "common/feed/stored_view.h"
#include "common/http/service_client.h"
#include "common/runtime/worker.h"
#include "common/storage/storage_trouble.h"
#include "common/web/web_client.h"
#include "services/notifier/notifier_handler.h"
#include "services/notifier/webhook_dispatcher.h"

namespace gavel::notifier {

struct NotifierOptions {
    std::string path;  // "" or ":memory:": nothing is kept
    // Called on the loop when a sync failed: what is on disk is unknown, the process must end.
    std::function<void(const std::string&)> on_fatal;
    bool allow_private_webhooks = false;
    std::function<std::int64_t()> unix_us = wall_clock_us;
    // Calls a webhook, on a thread of its own. None: over the web.
    std::function<WebAnswer(const WebPost&)> post = {};
};

// The notifier, wired: tells people what became of their bids, and webhooks, too. Made, used and
// destroyed on the loop's thread; the scheduler outlives it.
class NotifierService {
  public:
    // Opens the file; throws a StorageError that says what to do when that is impossible.
    NotifierService(Scheduler& scheduler, ServiceClient& auctions, const NotifierOptions& options);

    ~NotifierService() { stopping_ = true; }
    NotifierService(const NotifierService&) = delete;
    NotifierService& operator=(const NotifierService&) = delete;

    // Begins to follow the auction service's feed.
    void start() {
        follower_.start();
        webhooks_.wake();  // what an earlier life did not get through with
    }

    const JSONRequestHandler& handler() const { return handler_; }

    // Calls back once the winner of a closed auction has the notice. REQUIRES: there is a winner.
    void when_told(std::uint64_t auction_id, std::function<void()> told) {
        waits_.add(view_.log_id(), auction_id, FeedEvent::Type::closed, std::move(told));
        follower_.hurry();
    }

    void append_to(MetricsPage& page) const {
        follower_.append_to(page);
        webhooks_.append_to(page);
    }

  private:
    // The worker comes after what its tasks touch, so that it is joined before that goes.
    StorageTrouble trouble_;
    NoticeStore store_;
    Worker disk_;
    StoredView view_;
    EventWaits waits_;
    FeedFollower follower_;
    std::optional<WebClient> web_;  // none where NotifierOptions::post is given
    std::atomic<bool> stopping_ = false;
    WebhookDispatcher webhooks_;
    NotifierHandler handler_;
};

}  // namespace gavel::notifier
