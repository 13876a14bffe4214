#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <thread>

#include "common/concurrency/mutex.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// Runs tasks that block (disk, name look-up) away from an event loop.
class Executor {
  public:
    virtual ~Executor() = default;
    // False when the queue is full and the task was dropped. Any thread.
    [[nodiscard]] virtual bool submit(Task task) = 0;
};

// One thread that runs its tasks one by one, in order. The destructor runs what is queued, then
// joins, so nothing submitted is lost.
class Worker : public Executor {
  public:
    static constexpr std::size_t default_max_queued = 65'536;
    // A background thread yields the processor to the others.
    enum class Priority { normal, background };
    // `name` shows in debuggers (15 characters at most); `max_queued` bounds the queue.
    explicit Worker(const std::string& name, std::size_t max_queued = default_max_queued,
                    Priority priority = Priority::normal);
    ~Worker() override;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    [[nodiscard]] bool submit(Task task) override EXCLUDES(mutex_);

  private:
    void run() EXCLUDES(mutex_);

    const std::size_t max_queued_;
    const Priority priority_;
    Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Task> tasks_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: starts when everything above is ready
};

}  // namespace gavel
