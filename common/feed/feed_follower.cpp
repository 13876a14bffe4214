#include "common/feed/feed_follower.h"

#include <algorithm>
#include <utility>

#include "common/http/request_id.h"
#include "common/logging/logging.h"

namespace gavel {
namespace {

constexpr std::int64_t first_backoff_ms = 20;
constexpr std::int64_t max_backoff_ms = 500;
constexpr std::int64_t wait_ms = 20'000;
constexpr std::int64_t answer_slack_ms = 5'000;

}  // namespace

FeedFollower::FeedFollower(std::string service, Scheduler& scheduler, ServiceClient& auctions,
                           FeedView& view)
    : service_(std::move(service)), scheduler_(scheduler), auctions_(auctions), view_(view) {}

FeedFollower::~FeedFollower() {
    *alive_ = false;
    scheduler_.cancel(pause_end_);
    scheduler_.cancel(retry_);
}

void FeedFollower::start() {
    ask();
}

void FeedFollower::ask() {
    ServiceRequest request;
    request.method = "GET";
    request.target = "/feed?after=" + std::to_string(view_.index()) +
                     "&wait_ms=" + std::to_string(connected_ ? wait_ms : 0);
    if (!view_.log_id().empty()) request.target += "&log_id=" + view_.log_id();
    request.request_id = make_request_id();
    request.timeout_ms = wait_ms + answer_slack_ms;
    auctions_.send(std::move(request), [this, alive = alive_](const ServiceResult& result) {
        if (*alive) on_result(result);
    });
}

void FeedFollower::on_result(const ServiceResult& result) {
    if (!result.ok()) {
        lost_contact("it cannot be reached");
        return;
    }
    const int status = result.response.status;
    if (status != 200 && status != 410) {
        lost_contact("it answers with status " + std::to_string(status));
        return;
    }
    try {
        if (status == 410) {
            service_logger(service_)->warn(
                "the feed no longer continues after entry {} of log \"{}\"; starting again",
                view_.index(), view_.log_id());
            view_.restart("");
            ask_later();
        } else {
            on_page(parse_feed_page(result.response.body));
        }
    } catch (const std::exception& error) {
        lost_contact(error.what());
    }
}

void FeedFollower::on_page(const FeedPage& page) {
    head_ = std::max(page.head, page.index);
    if (page.log_id != view_.log_id()) {
        // A page that was asked for from the middle of another log lacks this log's beginning.
        const bool from_the_start = view_.index() == 0;
        view_.restart(page.log_id);
        if (!from_the_start) {
            ask_later();
            return;
        }
    }
    // The first page after a silence is taken in even when it is empty: it tells the view that it
    // has everything.
    const bool back = !std::exchange(connected_, true);
    if (back) service_logger(service_)->info("following the feed of log {}", page.log_id);
    complained_ = false;
    if (page.index < view_.index()) {
        // From a node that has not come as far as the one that was asked before.
        ask_later();
        return;
    }
    if (!back && page.index <= view_.index() && page.events.empty()) {
        ask_next(false);
        return;
    }
    const bool at_end = page.index >= page.head;
    view_.apply(page, [this, alive = alive_, at_end](bool reached) {
        if (!*alive) return;
        if (reached) {
            ask_next(at_end);
        } else {
            ask_later();
        }
    });
}

void FeedFollower::ask_next(bool at_end) {
    backoff_ms_ = 0;
    pausing_ = at_end && pause_ms_ > 0 && !hurried_;
    hurried_ = false;
    if (!pausing_) {
        ask_soon();
        return;
    }
    pause_end_ = scheduler_.call_after_ms(pause_ms_, [this] {
        pausing_ = false;
        ask();
    });
}

void FeedFollower::hurry() {
    if (!std::exchange(pausing_, false)) {
        hurried_ = true;  // a page is on its way that may have been asked for too early
        return;
    }
    scheduler_.cancel(pause_end_);
    ask_soon();
}

void FeedFollower::ask_soon() {
    scheduler_.post([this, alive = alive_] {
        if (*alive) ask();
    });
}

void FeedFollower::lost_contact(const std::string& why) {
    if (!complained_) {
        service_logger(service_)->warn("lost the auction service's feed: {}; trying again", why);
    }
    complained_ = true;
    connected_ = false;
    ask_later();
}

void FeedFollower::ask_later() {
    backoff_ms_ = std::clamp(backoff_ms_ * 2, first_backoff_ms, max_backoff_ms);
    retry_ = scheduler_.call_after_ms(backoff_ms_, [this] { ask(); });
}

void FeedFollower::append_to(MetricsPage& page) const {
    const MetricsPage::Labels labels{{"service", service_}};
    const std::uint64_t index = view_.index();
    page.gauge("gavel_feed_index", "The log entry up to which the service has read the feed.",
               labels, static_cast<double>(index));
    page.gauge("gavel_feed_lag_entries", "Entries of the feed that the service has yet to read.",
               labels, static_cast<double>(head_ > index ? head_ - index : 0));
    page.gauge("gavel_feed_connected", "1 while the service reaches the feed.", labels,
               connected_ ? 1 : 0);
}

}  // namespace gavel
