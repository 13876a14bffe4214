#include "services/runner/stop_signals.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <system_error>

namespace gavel {

StopSignals::StopSignals(EventLoop& loop, std::function<void()> stop)
    : loop_(loop), stop_(std::move(stop)) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = FileDescriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals_.valid()) throw std::system_error(errno, std::generic_category(), "signalfd");
    loop_.watch(signals_.get(), EPOLLIN, *this);
}

StopSignals::~StopSignals() {
    loop_.unwatch(signals_.get());
}

void StopSignals::on_io(std::uint32_t) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) stop_();
}

}  // namespace gavel
