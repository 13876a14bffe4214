#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/feed/feed_event.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"

namespace gavel {

// Who waits until a view's store has a certain event: a participant in a transaction acknowledges
// its commit when that has come through the feed, once and in its place. As many wait as
// transactions are undecided, which their participant bounds. Loop thread only; borrows what it is
// given, and the executor must run none of its tasks after the store has gone.
class EventWaits {
  public:
    struct Event {
        std::string log_id;
        std::uint64_t auction_id = 0;
        FeedEvent::Type type = FeedEvent::Type::created;
        auto operator<=>(const Event&) const = default;
    };
    // Asks the store; runs on the executor.
    using IsStored = std::function<bool(const Event&)>;

    EventWaits(Scheduler& scheduler, Executor& executor, IsStored is_stored);
    ~EventWaits();
    EventWaits(const EventWaits&) = delete;
    EventWaits& operator=(const EventWaits&) = delete;

    // Calls back once the event is in the store: soon, when it is there already.
    void add(std::string log_id, std::uint64_t auction_id, FeedEvent::Type type,
             std::function<void()> stored);
    // This page is in the store now.
    void stored(const FeedPage& page);

  private:
    void look(const Event& event);
    void release(const Event& event);

    Scheduler& scheduler_;
    Executor& executor_;
    IsStored is_stored_;
    std::map<Event, std::vector<std::function<void()>>> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
