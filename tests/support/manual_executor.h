#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "common/runtime/worker.h"

namespace gavel::testing {

// A worker without a thread: tasks wait until the test runs them.
class ManualExecutor : public Executor {
  public:
    bool submit(Task task) override {
        if (full) return false;
        tasks_.push_back(std::move(task));
        return true;
    }

    void run_next() {
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
    }
    void run_all() {
        while (!tasks_.empty()) run_next();
    }
    std::size_t queued() const { return tasks_.size(); }

    bool full = false;

  private:
    std::deque<Task> tasks_;
};

}  // namespace gavel::testing
