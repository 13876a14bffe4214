#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/manual_scheduler.h"

namespace gavel::testing {

// A ManualScheduler that other threads may post to: for services whose disk has a thread of its
// own. The test waits for their posts, never for a time. All but post() on the test's thread.
class WaitingScheduler : public Scheduler {
  public:
    std::int64_t now_us() const override { return inner_.now_us(); }
    void post(Task task) override {
        {
            const std::lock_guard lock(mutex_);
            posted_.push_back(std::move(task));
        }
        changed_.notify_one();
    }
    TimerId call_at(std::int64_t due_us, Task task) override {
        return inner_.call_at(due_us, std::move(task));
    }
    void cancel(TimerId timer) override { inner_.cancel(timer); }

    // Lets time pass, firing timers at their moments, and runs what they post.
    void advance_ms(std::int64_t ms) {
        inner_.advance_ms(ms);
        run_ready();
    }

    // Lets time pass, and gives the threads that may post the chance to.
    void advance_with_threads_ms(std::int64_t ms) {
        advance_ms(ms);
        for (const auto& task : take(std::chrono::microseconds(200))) task();
    }

    // Runs what is posted now, and what that posts.
    void run_ready() {
        for (;;) {
            inner_.run_ready();
            const auto tasks = take(std::chrono::seconds(0));
            if (tasks.empty()) return;
            for (const auto& task : tasks) task();
        }
    }

    // Runs what is posted, waiting for it, until the condition holds.
    void run_until(const std::function<bool()>& condition) {
        while (!condition()) {
            const auto tasks = take(std::chrono::seconds(30));
            if (tasks.empty()) throw std::runtime_error("nothing was posted any more");
            for (const auto& task : tasks) task();
            inner_.run_ready();
        }
    }

  private:
    std::vector<Task> take(std::chrono::microseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return !posted_.empty(); });
        return std::exchange(posted_, {});
    }

    ManualScheduler inner_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Task> posted_;
};

}  // namespace gavel::testing
