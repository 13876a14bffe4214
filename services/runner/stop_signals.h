#pragma once

#include <functional>

#include "common/runtime/event_loop.h"
#include "common/runtime/file_descriptor.h"

namespace gavel {

// Turns SIGINT and SIGTERM into a call on the loop. Made before any other thread, so that all of
// them inherit the blocked signals.
class StopSignals : private IOHandler {
  public:
    StopSignals(EventLoop& loop, std::function<void()> stop);
    ~StopSignals() override;
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

  private:
    void on_io(std::uint32_t events) override;

    EventLoop& loop_;
    std::function<void()> stop_;
    FileDescriptor signals_;
};

}  // namespace gavel
