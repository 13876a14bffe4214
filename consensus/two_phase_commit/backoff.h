#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace gavel::two_phase {

// When to try the next time: after `first` ticks, then after twice as many each time, up to `max`.
// A value; REQUIRES: first and max are above 0.
class Backoff {
  public:
    Backoff() = default;
    Backoff(std::uint32_t first, std::uint32_t max)
        : ticks_left_(first), pause_(first), max_(max) {}
    // As above, but the first try is due at the next tick.
    static Backoff at_once(std::uint32_t first, std::uint32_t max) {
        Backoff backoff(first, max);
        backoff.ticks_left_ = 1;
        return backoff;
    }

    // A tick has passed. True when it is time.
    bool is_due() {
        if (--ticks_left_ > 0) return false;
        pause_ = std::min(pause_ * 2, max_);
        ticks_left_ = pause_;
        return true;
    }

    auto operator<=>(const Backoff&) const = default;

  private:
    std::uint32_t ticks_left_ = 1;
    std::uint32_t pause_ = 1;
    std::uint32_t max_ = 1;
};

}  // namespace gavel::two_phase
