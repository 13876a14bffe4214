#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "common/concurrency/mutex.h"
#include "common/runtime/file_descriptor.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/timers.h"

namespace gavel {

// Told by the loop when a watched descriptor is ready. `events` are epoll's bits.
class IOHandler {
  public:
    virtual ~IOHandler() = default;
    virtual void on_io(std::uint32_t events) = 0;
};

// One thread's epoll loop: sockets, timers and posted tasks. Everything that belongs to a loop
// runs on the thread that called run(); only post(), stop() and now_us() may be called from others.
class EventLoop : public Scheduler {
  public:
    EventLoop();
    ~EventLoop() override;
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs until stop(). Tasks posted before the stop are still run.
    void run();
    void stop();

    std::int64_t now_us() const override;
    void post(Task task) override EXCLUDES(mutex_);
    TimerId call_at(std::int64_t due_us, Task task) override;
    void cancel(TimerId timer) override;

    // Borrows the descriptor and the handler until unwatch(); level-triggered. A handler may
    // unwatch and destroy itself or any other while it is being called.
    void watch(int descriptor, std::uint32_t events, IOHandler& handler);
    void rewatch(int descriptor, std::uint32_t events);
    void unwatch(int descriptor);

  private:
    struct Watch {
        IOHandler* handler = nullptr;
        std::uint32_t generation = 0;  // an event of an earlier owner of the number is dropped
    };

    bool runs_here() const { return thread_.load() == std::this_thread::get_id(); }
    bool has_posted() EXCLUDES(mutex_);
    void run_posted() EXCLUDES(mutex_);
    void drain_wake();
    void run_timers();
    int wait_ms() EXCLUDES(mutex_);
    std::uint64_t tag_of(int descriptor) const;

    FileDescriptor epoll_;
    FileDescriptor wake_;
    std::vector<Watch> watches_;  // by descriptor
    Timers timers_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::thread::id> thread_;  // while it runs

    Mutex mutex_;
    std::vector<Task> posted_ GUARDED_BY(mutex_);
    bool wake_pending_ GUARDED_BY(mutex_) = false;
};

}  // namespace gavel
