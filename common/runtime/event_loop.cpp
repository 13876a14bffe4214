#include "common/runtime/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace gavel {
namespace {

constexpr int max_events_a_turn = 256;
constexpr std::uint64_t wake_tag = ~0ULL;

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_.valid()) throw_errno("epoll_create1");
    if (!wake_.valid()) throw_errno("eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_tag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
        throw_errno("epoll_ctl");
    }
}

// Tasks that never ran may own what posts, or sets and cancels timers, as it goes (a Responder that
// is dropped answers 500): they go while everything of the loop is still there.
EventLoop::~EventLoop() {
    for (;;) {
        std::vector<Task> tasks;
        {
            MutexLock lock(mutex_);
            tasks.swap(posted_);
        }
        if (tasks.empty() && timers_.empty()) return;
        const Timers timers = std::exchange(timers_, {});
    }
}

std::int64_t EventLoop::now_us() const {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

void EventLoop::post(Task task) {
    bool wake = false;
    {
        MutexLock lock(mutex_);
        posted_.push_back(std::move(task));
        // The loop's own thread is awake: it looks before it sleeps.
        wake = !std::exchange(wake_pending_, true) && !runs_here();
    }
    if (wake) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
    }
}

TimerId EventLoop::call_at(std::int64_t due_us, Task task) {
    return timers_.add(due_us, std::move(task));
}

void EventLoop::cancel(TimerId timer) {
    timers_.remove(timer);
}

std::uint64_t EventLoop::tag_of(int descriptor) const {
    const auto generation = watches_[static_cast<std::size_t>(descriptor)].generation;
    return (static_cast<std::uint64_t>(generation) << 32) | static_cast<std::uint32_t>(descriptor);
}

void EventLoop::watch(int descriptor, std::uint32_t events, IOHandler& handler) {
    const auto slot = static_cast<std::size_t>(descriptor);
    if (slot >= watches_.size()) watches_.resize(std::max(slot + 1, watches_.size() * 2));
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag_of(descriptor);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) throw_errno("epoll_ctl");
    watches_[slot].handler = &handler;
}

void EventLoop::rewatch(int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag_of(descriptor);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event) != 0) throw_errno("epoll_ctl");
}

void EventLoop::unwatch(int descriptor) {
    auto& watch = watches_[static_cast<std::size_t>(descriptor)];
    watch.handler = nullptr;
    ++watch.generation;
    epoll_event ignored{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, &ignored);
}

void EventLoop::stop() {
    stopping_ = true;
    post([] {});
}

void EventLoop::run() {
    thread_ = std::this_thread::get_id();
    std::array<epoll_event, max_events_a_turn> events;
    while (!stopping_) {
        const int ready = ::epoll_wait(epoll_.get(), events.data(), max_events_a_turn, wait_ms());
        if (ready < 0 && errno != EINTR) throw_errno("epoll_wait");
        // What fell due before a request was read comes before it: an auction that has come to
        // its end is ended before a bid that is too late.
        run_timers();
        for (int i = 0; i < ready; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == wake_tag) {
                drain_wake();  // run_posted() follows anyway
                continue;
            }
            const auto slot = static_cast<std::size_t>(event.data.u64 & 0xffffffffU);
            const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
            const Watch watch = watches_[slot];
            if (watch.handler != nullptr && watch.generation == generation) {
                watch.handler->on_io(event.events);
            }
        }
        run_posted();
    }
    run_posted();
    thread_ = std::thread::id();
}

void EventLoop::run_posted() {
    std::vector<Task> tasks;
    {
        MutexLock lock(mutex_);
        if (!wake_pending_) return;
        wake_pending_ = false;
        tasks.swap(posted_);
    }
    for (auto& task : tasks) task();
}

// Always before run_posted() clears `wake_pending_`: after it, the signal read away could be that
// of a task posted since, and the loop would sleep with `wake_pending_` set, so for ever.
void EventLoop::drain_wake() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
}

void EventLoop::run_timers() {
    const std::int64_t now = now_us();
    while (Task task = timers_.take_due(now)) task();
}

bool EventLoop::has_posted() {
    MutexLock lock(mutex_);
    return wake_pending_;
}

int EventLoop::wait_ms() {
    if (has_posted()) return 0;
    const auto due_us = timers_.next_due_us();
    if (!due_us) return -1;
    const std::int64_t left_us = std::max<std::int64_t>(0, *due_us - now_us());
    return static_cast<int>(std::min<std::int64_t>((left_us + 999) / 1000, 60'000));
}

}  // namespace gavel
