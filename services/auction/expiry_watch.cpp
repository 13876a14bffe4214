#include "services/auction/expiry_watch.h"

#include <algorithm>

#include "common/limits.h"

namespace gavel::auction {
namespace {

constexpr std::int64_t retry_after_refusal_ms = 100;

}  // namespace

ExpiryWatch::ExpiryWatch(Scheduler& scheduler, const AuctionBook& book, const AnchoredClock& clock,
                         Submit submit)
    : scheduler_(scheduler), book_(book), clock_(clock), submit_(std::move(submit)) {}

ExpiryWatch::~ExpiryWatch() {
    *alive_ = false;
    scheduler_.cancel(timer_);
}

void ExpiryWatch::look() {
    stop();
    const auto closing_time_us = book_.next_closing_time_us();
    if (!closing_time_us || expiring_ > 0) return;
    timer_ = scheduler_.call_at(std::max(clock_.to_scheduler_us(*closing_time_us), not_before_us_),
                                [this] { expire_due(); });
}

void ExpiryWatch::stop() {
    scheduler_.cancel(timer_);
    timer_ = {};
}

void ExpiryWatch::expire_due() {
    const auto due = book_.due_to_end(clock_.unix_us(), limits::max_ended_at_once);
    expiring_ = due.size();
    for (const AuctionId id : due) {
        Command expire{.idempotency = std::nullopt, .action = ExpireAuction{id}};
        submit_(std::move(expire), [this, alive = alive_](Refusal refusal, const Outcome*) {
            if (!*alive) return;
            --expiring_;
            if (refusal == Refusal::none) return;
            not_before_us_ = scheduler_.now_us() + retry_after_refusal_ms * 1000;
            if (expiring_ == 0) look();
        });
    }
    if (due.empty()) look();
}

}  // namespace gavel::auction
