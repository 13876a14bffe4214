#include "evaluation/client/poller.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "evaluation/client/clock.h"

namespace gavel::evaluation {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_.valid()) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // else every wait may take 50 us longer
}

void Poller::watch(int descriptor, std::uint32_t events, ReadyHandler& handler) {
    epoll_event event{};
    event.events = events | EPOLLET;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

void Poller::unwatch(int descriptor) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Poller::wait(std::int64_t timeout_ns) {
    timeout_ns = std::max<std::int64_t>(timeout_ns, 0);
    const timespec timeout{timeout_ns / ns_per_second, timeout_ns % ns_per_second};
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                     &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        static_cast<ReadyHandler*>(event.data.ptr)->on_ready(event.events);
    }
}

}  // namespace gavel::evaluation
