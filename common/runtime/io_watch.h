#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "common/runtime/event_loop.h"

namespace gavel {

// A handler's place in the loop for one descriptor at a time: tells the loop only of changes to
// what is wanted. Loop thread only. Borrows all it is given; the descriptor must stay open until
// stop() or the destructor.
class IOWatch {
  public:
    IOWatch(EventLoop& loop, IOHandler& handler) : loop_(loop), handler_(handler) {}
    ~IOWatch() { stop(); }
    IOWatch(const IOWatch&) = delete;
    IOWatch& operator=(const IOWatch&) = delete;

    // From now on the handler is told of these events (epoll's bits), and always of errors.
    void want(int descriptor, std::uint32_t events) {
        if (events == 0) events = EPOLLERR;  // always reported; keeps the descriptor registered
        if (events == events_) return;
        if (events_ == 0) {
            loop_.watch(descriptor, events, handler_);
        } else {
            loop_.rewatch(descriptor, events);
        }
        descriptor_ = descriptor;
        events_ = events;
    }

    void stop() {
        if (events_ != 0) loop_.unwatch(descriptor_);
        events_ = 0;
    }

  private:
    EventLoop& loop_;
    IOHandler& handler_;
    int descriptor_ = -1;
    std::uint32_t events_ = 0;  // 0: not watched
};

}  // namespace gavel
