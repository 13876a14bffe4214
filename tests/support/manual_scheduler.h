#pragma once

#include <deque>

#include "common/runtime/scheduler.h"
#include "common/runtime/timers.h"
#include "common/runtime/worker.h"

namespace gavel::testing {

// A loop without a thread: time stands still until a test moves it.
class ManualScheduler : public Scheduler {
  public:
    std::int64_t now_us() const override { return now_us_; }
    void post(Task task) override { posted_.push_back(std::move(task)); }
    TimerId call_at(std::int64_t due_us, Task task) override {
        return timers_.add(due_us, std::move(task));
    }
    void cancel(TimerId timer) override { timers_.remove(timer); }

    // Runs everything posted, and what that posts, and timers that are due.
    void run_ready() {
        for (;;) {
            if (!posted_.empty()) {
                const Task task = std::move(posted_.front());
                posted_.pop_front();
                task();
            } else if (const Task timer = timers_.take_due(now_us_)) {
                timer();
            } else {
                return;
            }
        }
    }

    // Time that a task takes: nothing else runs meanwhile.
    void pass_ms(std::int64_t ms) { now_us_ += ms * 1000; }

    // Lets time pass, firing timers at their moments.
    void advance_ms(std::int64_t ms) {
        const std::int64_t end_us = now_us_ + ms * 1000;
        run_ready();
        while (const auto due = timers_.next_due_us()) {
            if (*due > end_us) break;
            now_us_ = std::max(now_us_, *due);
            run_ready();
        }
        now_us_ = end_us;
        run_ready();
    }

  private:
    std::int64_t now_us_ = 1'000'000;
    std::deque<Task> posted_;
    Timers timers_;
};

// An executor without a thread: the task runs inside submit().
class InlineExecutor : public Executor {
  public:
    bool submit(Task task) override {
        task();
        return true;
    }
};

}  // namespace gavel::testing
