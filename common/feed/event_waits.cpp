#include "common/feed/event_waits.h"

#include <utility>

#include "common/logging/logging.h"

namespace gavel {
namespace {

constexpr std::int64_t look_again_ms = 200;

}  // namespace

EventWaits::EventWaits(Scheduler& scheduler, Executor& executor, IsStored is_stored)
    : scheduler_(scheduler), executor_(executor), is_stored_(std::move(is_stored)) {}

EventWaits::~EventWaits() {
    *alive_ = false;
}

void EventWaits::add(std::string log_id, std::uint64_t auction_id, FeedEvent::Type type,
                     std::function<void()> stored) {
    const Event event{std::move(log_id), auction_id, type};
    auto& waiting = waiting_[event];
    waiting.push_back(std::move(stored));
    // Waits first, looks then: what is stored in between is not missed.
    if (waiting.size() == 1) look(event);
}

void EventWaits::look(const Event& event) {
    if (!waiting_.contains(event)) return;
    const bool queued = executor_.submit(
        [this, &scheduler = scheduler_, alive = alive_, is_stored = is_stored_, event] {
            bool found = false;
            bool failed = false;
            try {
                found = is_stored(event);
            } catch (const std::exception& error) {
                service_logger("gavel")->error("cannot look for an event: {}", error.what());
                failed = true;
            }
            scheduler.post([this, alive, event, found, failed] {
                if (!*alive) return;
                if (found) {
                    release(event);
                } else if (failed) {
                    scheduler_.call_after_ms(look_again_ms, [this, alive, event] {
                        if (*alive) look(event);
                    });
                }
            });
        });
    if (queued) return;
    scheduler_.call_after_ms(look_again_ms, [this, alive = alive_, event] {
        if (*alive) look(event);
    });
}

void EventWaits::stored(const FeedPage& page) {
    if (waiting_.empty()) return;
    for (const auto& event : page.events) {
        release({page.log_id, event.auction_id, event.type});
        release({"", event.auction_id, event.type});  // no page had come when that began to wait
    }
}

void EventWaits::release(const Event& event) {
    const auto found = waiting_.extract(event);
    if (found.empty()) return;
    for (const auto& stored : found.mapped()) stored();
}

}  // namespace gavel
