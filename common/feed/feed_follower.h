#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/feed/feed_event.h"
#include "common/http/service_client.h"
#include "common/metrics/metrics_page.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// What is kept up to date from the auction service's feed: the gateway's read model, the prices
// that bids are screened against, the history.
class FeedView {
  public:
    virtual ~FeedView() = default;

    // The log it follows ("" before the first page) and the index it has reached.
    virtual std::string log_id() const = 0;
    virtual std::uint64_t index() const = 0;

    // Takes in the next page; calls `done(true)` once it has reached `page.index`, now or later,
    // or `done(false)` when it could not and wants the same page again.
    virtual void apply(const FeedPage& page, std::function<void(bool)> done) = 0;

    // The feed is another log now, or no longer has what comes next: start again from nothing.
    virtual void restart(const std::string& log_id) = 0;
};

// Tails `GET /feed` for one view, for ever: one request in flight that waits at the service for
// news, the next one as soon as the page was applied; backs off while the service is away. The
// service may be several nodes: a page that reaches less than the view has is passed over.
// Loop thread only. Borrows everything it is given.
class FeedFollower {
  public:
    // `service` names the follower in log lines.
    FeedFollower(std::string service, Scheduler& scheduler, ServiceClient& auctions,
                 FeedView& view);
    ~FeedFollower();
    FeedFollower(const FeedFollower&) = delete;
    FeedFollower& operator=(const FeedFollower&) = delete;

    // From now on a page that reached the feed's end is followed by a pause before the next one is
    // asked for, so that what comes meanwhile comes together: for views whose pages cost much.
    void pause_between_pages(std::int64_t ms) { pause_ms_ = ms; }
    // Somebody waits for news: no pause before the next page.
    void hurry();

    void start();

    // False while the service is away: then the view may be behind.
    bool connected() const { return connected_; }

    void append_to(MetricsPage& page) const;

  private:
    void ask();
    void ask_next(bool at_end);
    void ask_soon();
    void ask_later();
    void on_result(const ServiceResult& result);
    void on_page(const FeedPage& page);
    void lost_contact(const std::string& why);

    std::string service_;
    Scheduler& scheduler_;
    ServiceClient& auctions_;
    FeedView& view_;
    bool connected_ = false;
    std::uint64_t head_ = 0;  // of the feed, when it was last heard of
    bool complained_ = false;
    // Between pages, when all is well.
    std::int64_t pause_ms_ = 0;
    bool pausing_ = false;
    TimerId pause_end_;
    bool hurried_ = false;
    // After what went wrong.
    std::int64_t backoff_ms_ = 0;
    TimerId retry_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
