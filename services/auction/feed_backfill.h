#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/feed/feed_event.h"
#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/auction/event_store.h"

namespace gavel::auction {

// Fetches from other nodes the events that a node's store lacks: a book that came as a snapshot
// does not tell how it became so. Asks one node after the other until the store has reached the
// target. Loop thread only; the store is used on its executor alone.
class FeedBackfill {
  public:
    // Gives the next node to ask, or null when none is known now.
    using NextNode = std::function<ServiceClient*()>;

    FeedBackfill(Scheduler& scheduler, EventStore& store, Executor& executor, NextNode next_node);
    ~FeedBackfill();
    FeedBackfill(const FeedBackfill&) = delete;
    FeedBackfill& operator=(const FeedBackfill&) = delete;

    // Fetches what comes after `from` up to `target`, for the feed of log `log_id`; then calls
    // `done`. Once.
    void start(std::string log_id, std::uint64_t from, std::uint64_t target,
               std::function<void()> done);

  private:
    void ask();
    void ask_later();
    void take(const FeedPage& page);

    Scheduler& scheduler_;
    EventStore& store_;
    Executor& executor_;
    NextNode next_node_;
    std::string log_id_;
    std::uint64_t reached_ = 0;
    std::uint64_t target_ = 0;
    std::function<void()> done_;
    TimerId again_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
