#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace gavel {

using Task = std::function<void()>;

// Names one pending timer, so that it can be cancelled.
struct TimerId {
    std::int64_t due_us = 0;
    std::uint64_t serial = 0;  // 0: no timer
    auto operator<=>(const TimerId&) const = default;
};

// What code that runs on an event loop may ask of it: the time, and to be called later. The one
// implementation with a thread is EventLoop; tests drive a ManualScheduler by hand.
class Scheduler {
  public:
    virtual ~Scheduler() = default;

    // Microseconds on a steady clock with an arbitrary origin. Any thread.
    virtual std::int64_t now_us() const = 0;

    // Runs the task on the loop, after everything posted before it. Any thread.
    virtual void post(Task task) = 0;

    // Runs the task on the loop once `now_us() >= due_us`. Loop thread only.
    virtual TimerId call_at(std::int64_t due_us, Task task) = 0;

    // Forgets a timer; one that has fired or was never set is ignored. Loop thread only.
    virtual void cancel(TimerId timer) = 0;

    TimerId call_after_ms(std::int64_t delay_ms, Task task) {
        return call_at(now_us() + delay_ms * 1000, std::move(task));
    }
};

}  // namespace gavel
