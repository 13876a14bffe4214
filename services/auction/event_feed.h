#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/auction/event_store.h"

namespace gavel::auction {

// The book's events in log order, for views to tail. The newest are in memory; older ones come
// from the store. A reader that has everything waits for news.
//
// Loop thread only; the store is used by its executor alone, and outlives it: what is not stored
// yet when the feed ends is handed over then. Without a store (`memory:`) all
// events stay in memory.
class EventFeed {
  public:
    struct Page {
        std::uint64_t index = 0;   // what the page reaches
        std::string events_json;   // JSON objects with commas between
        bool unavailable = false;  // the store could not be read, or too many wait
    };
    using Callback = std::function<void(const Page&)>;

    // `store` and `executor` may be null. `index`: up to where the book has applied the log; what
    // is at or below it must be in the store.
    EventFeed(Scheduler& scheduler, EventStore* store, Executor* executor, std::uint64_t index);
    ~EventFeed();
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    // Adds the events of the next entry; readers see them after publish().
    void add(EntryEvents entry);
    // Everything up to `index` was added: stores it and wakes the waiting readers.
    void publish(std::uint64_t index);

    // Gives what comes after index `after`: at once when there is something, else as soon as
    // something comes, else an empty page after `wait_ms`. A page never reaches less than `after`,
    // even when the reader is ahead of this feed, having read a replica's that is further on.
    void read(std::uint64_t after, std::size_t max_events, std::int64_t wait_ms, Callback callback);

    // The book was replaced by a snapshot at `index`, and the store lacks events before it: readers
    // are told to come again, and nothing is stored, until resume(). Entries may be added.
    void restart(std::uint64_t index);
    // The store has everything up to where the feed was restarted.
    void resume();
    bool suspended() const { return suspended_; }

    // Gives those who wait an empty page.
    void release_waiters();

    std::uint64_t index() const { return index_; }

  private:
    struct Waiter {
        std::uint64_t after = 0;
        std::size_t max_events = 0;
        Callback callback;
        TimerId timeout;
    };

    // Those that have less than `index`.
    void release_waiters_before(std::uint64_t index);
    Page page_from_window(std::uint64_t after, std::size_t max_events) const;
    void read_from_store(std::uint64_t after, std::size_t max_events, Callback callback);
    void store_next();
    void store_soon();
    std::shared_ptr<const std::vector<EntryEvents>> unstored() const;
    void trim_window();

    Scheduler& scheduler_;
    EventStore* store_;
    Executor* executor_;
    std::uint64_t index_;
    // Entries with events and an index above window_start_, oldest first.
    std::deque<EntryEvents> window_;
    std::uint64_t window_start_;
    std::size_t window_events_ = 0;

    // What the store has, and whether a batch is on its way to it.
    std::uint64_t stored_index_;
    bool storing_ = false;
    bool suspended_ = false;
    TimerId store_timer_;
    std::uint64_t restarts_ = 0;  // what was begun before the last one no longer counts
    bool store_complained_ = false;

    std::list<Waiter> waiters_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
