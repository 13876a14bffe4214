#include "services/auction/event_feed.h"

#include <algorithm>

#include "common/limits.h"
#include "common/logging/logging.h"

namespace gavel::auction {
namespace {

constexpr std::int64_t store_retry_ms = 500;

void append_entry(std::string& json, const EntryEvents& entry) {
    if (!json.empty()) json += ',';
    json += entry.json;
}

}  // namespace

EventFeed::EventFeed(Scheduler& scheduler, EventStore* store, Executor* executor,
                     std::uint64_t index)
    : scheduler_(scheduler),
      store_(store),
      executor_(executor),
      index_(index),
      window_start_(store == nullptr ? 0 : index),
      stored_index_(store == nullptr ? 0 : store->reached_index()) {}

EventFeed::~EventFeed() {
    *alive_ = false;
    // The executor still does what it is given, and the store is there for as long as it is.
    if (store_ != nullptr && !suspended_ && stored_index_ < index_) {
        static_cast<void>(executor_->submit([store = store_, entries = unstored(), index = index_] {
            try {
                store->append(*entries, index);
            } catch (const std::exception&) {  // they are made again at the next start
            }
        }));
    }
    scheduler_.cancel(store_timer_);
    for (const auto& waiter : waiters_) scheduler_.cancel(waiter.timeout);
}

void EventFeed::add(EntryEvents entry) {
    window_events_ += entry.count;
    window_.push_back(std::move(entry));
}

void EventFeed::publish(std::uint64_t index) {
    index_ = index;
    store_soon();
    trim_window();
    release_waiters_before(index);
}

// The store is behind anyway, and may be: what it lacks is in memory, and is made again after a
// crash. So it writes often enough to stay near, and seldom enough to cost little.
void EventFeed::store_soon() {
    if (store_ == nullptr || storing_ || suspended_ || stored_index_ >= index_) return;
    // A full window alone is no reason: it stays full, and is trimmed as far as is stored.
    const bool overflows = window_events_ > 2 * limits::feed_window_events;
    if (overflows || index_ >= stored_index_ + limits::feed_store_batch_entries) {
        store_next();
    } else if (store_timer_ == TimerId()) {
        store_timer_ = scheduler_.call_after_ms(limits::feed_store_delay_ms, [this] {
            store_timer_ = {};
            store_next();
        });
    }
}

void EventFeed::restart(std::uint64_t index) {
    suspended_ = true;
    ++restarts_;
    storing_ = false;
    window_.clear();
    window_events_ = 0;
    index_ = window_start_ = stored_index_ = index;
    release_waiters();
}

void EventFeed::resume() {
    suspended_ = false;
    store_next();
}

void EventFeed::release_waiters() {
    release_waiters_before(~0ULL);
}

void EventFeed::release_waiters_before(std::uint64_t index) {
    std::list<Waiter> woken;
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
        const auto next = std::next(waiter);
        if (waiter->after < index) woken.splice(woken.end(), waiters_, waiter);
        waiter = next;
    }
    for (auto& waiter : woken) {
        scheduler_.cancel(waiter.timeout);
        read(waiter.after, waiter.max_events, 0, std::move(waiter.callback));
    }
}

void EventFeed::read(std::uint64_t after, std::size_t max_events, std::int64_t wait_ms,
                     Callback callback) {
    if (suspended_) {
        callback({index_, {}, true});
        return;
    }
    if (after < window_start_) {
        read_from_store(after, max_events, std::move(callback));
        return;
    }
    if (after < index_ || wait_ms == 0) {
        callback(page_from_window(after, max_events));
        return;
    }
    if (waiters_.size() >= limits::max_feed_waiters) {
        callback({index_, {}, true});
        return;
    }
    waiters_.push_back({after, max_events, std::move(callback), {}});
    const auto waiter = std::prev(waiters_.end());
    waiter->timeout = scheduler_.call_after_ms(wait_ms, [this, waiter] {
        const Callback waiting = std::move(waiter->callback);
        const auto index = std::max(waiter->after, index_);
        waiters_.erase(waiter);
        waiting({index, {}, false});
    });
}

EventFeed::Page EventFeed::page_from_window(std::uint64_t after, std::size_t max_events) const {
    auto entry = std::upper_bound(
        window_.begin(), window_.end(), after,
        [](std::uint64_t index, const EntryEvents& candidate) { return index < candidate.index; });
    Page page;
    page.index = std::max(after, index_);
    std::size_t events = 0;
    for (; entry != window_.end() && entry->index <= index_; ++entry) {
        append_entry(page.events_json, *entry);
        events += entry->count;
        if (events >= max_events) {
            page.index = entry->index;
            break;
        }
    }
    return page;
}

void EventFeed::read_from_store(std::uint64_t after, std::size_t max_events, Callback callback) {
    // The task names no `this`: it may still run when the feed has gone.
    const bool queued = executor_->submit([&scheduler = scheduler_, alive = alive_, store = store_,
                                           after, max_events, through = window_start_, callback] {
        auto page = std::make_shared<Page>();
        try {
            EventStore::Stretch stretch = store->read(after, through, max_events);
            page->index = stretch.index;
            page->events_json = std::move(stretch.events_json);
        } catch (const std::exception& error) {
            service_logger("auction_service")->error("cannot read events: {}", error.what());
            page->unavailable = true;
        }
        scheduler.post([alive, page, callback] {
            if (*alive) callback(*page);
        });
    });
    if (!queued) callback({index_, {}, true});
}

std::shared_ptr<const std::vector<EntryEvents>> EventFeed::unstored() const {
    auto entries = std::make_shared<std::vector<EntryEvents>>();
    for (auto entry = window_.rbegin(); entry != window_.rend() && entry->index > stored_index_;
         ++entry) {
        if (entry->index <= index_) entries->push_back(*entry);
    }
    std::reverse(entries->begin(), entries->end());
    return entries;
}

// One batch is on its way; what arrives meanwhile goes with the next.
void EventFeed::store_next() {
    if (store_ == nullptr || storing_ || suspended_ || stored_index_ >= index_) return;
    const auto entries = unstored();
    storing_ = executor_->submit([this, &scheduler = scheduler_, alive = alive_, store = store_,
                                  entries, index = index_, restarts = restarts_] {
        bool stored = true;
        std::string why;
        try {
            store->append(*entries, index);
        } catch (const std::exception& error) {
            stored = false;
            why = error.what();
        }
        // `this` is used on the loop alone, where `alive` tells whether it is still there.
        scheduler.post([this, alive, stored, why, index, restarts] {
            if (!*alive || restarts != restarts_) return;
            storing_ = false;
            if (stored) {
                stored_index_ = index;
                store_complained_ = false;
                trim_window();
                store_soon();
                return;
            }
            // The window keeps what is not stored, so nothing is missing from the feed.
            if (!store_complained_) {
                service_logger("auction_service")->warn("cannot store events: {}", why);
            }
            store_complained_ = true;
            scheduler_.call_after_ms(store_retry_ms, [this, alive] {
                if (*alive) store_next();
            });
        });
    });
}

void EventFeed::trim_window() {
    if (store_ == nullptr) return;
    while (window_events_ > limits::feed_window_events && window_.front().index <= stored_index_) {
        window_events_ -= window_.front().count;
        window_start_ = window_.front().index;
        window_.pop_front();
    }
}

}  // namespace gavel::auction
