#pragma once

#include <cstdint>

#include "common/runtime/file_descriptor.h"

namespace gavel::evaluation {

// Told when its descriptor is ready. `events` are epoll's bits.
class ReadyHandler {
  public:
    virtual ~ReadyHandler() = default;
    virtual void on_ready(std::uint32_t events) = 0;
};

// Waits for many descriptors on one thread. Edge-triggered: a handler is told of a change once, and
// reads until there is nothing left. Nothing is re-registered while requests fly.
class Poller {
  public:
    Poller();

    // Borrows both until the descriptor is closed; the handler outlives the wait() it is called in.
    void watch(int descriptor, std::uint32_t events, ReadyHandler& handler);
    void unwatch(int descriptor);
    // Calls handlers for what is ready; waits for that at most so long, to the nanosecond rather
    // than to the millisecond, since an open loop's next request may be due in some microseconds.
    void wait(std::int64_t timeout_ns);

  private:
    FileDescriptor epoll_;
};

}  // namespace gavel::evaluation
