#pragma once

#include <cstdint>

#include "common/runtime/scheduler.h"

namespace gavel {

// Unix time that only goes forward: a steady clock, anchored at its making. A wall clock that
// jumps later moves no auction. Any thread.
class AnchoredClock {
  public:
    // `unix_now_us` is what the clock shows at this moment.
    AnchoredClock(const Scheduler& scheduler, std::int64_t unix_now_us)
        : scheduler_(scheduler), offset_us_(unix_now_us - scheduler.now_us()) {}

    std::int64_t unix_us() const { return scheduler_.now_us() + offset_us_; }
    // The same moment on the scheduler's clock.
    std::int64_t to_scheduler_us(std::int64_t unix_us) const { return unix_us - offset_us_; }

  private:
    const Scheduler& scheduler_;
    const std::int64_t offset_us_;
};

}  // namespace gavel
