#pragma once

#include <cstdint>
#include <thread>

namespace gavel {

// Long work of many small steps that nobody waits for lets other threads go first now and then.
//
// Without it, a thread that is woken on the same processor meanwhile, such as the one that has just
// synced bids, waits behind it until the scheduler's next tick (4 ms at 250 Hz), even when another
// processor is idle and whatever the priorities: these decide who gets more, not who goes first.
// Used by one thread.
class Courtesy {
  public:
    // Who is behind has no time for it: on processors that all are busy, each yield takes a while.
    explicit Courtesy(bool behind = false) : behind_(behind) {}

    // After each step, of some microseconds.
    void step() {
        if (!behind_ && ++steps_ % steps_between == 0) std::this_thread::yield();
    }

  private:
    static constexpr std::uint32_t steps_between = 64;
    const bool behind_;
    std::uint32_t steps_ = 0;
};

}  // namespace gavel
