#pragma once

#include <cstdint>

namespace gavel::raft {

// The core's only source of chance (SplitMix64; Steele, Lea, Flood 2014). The seed is passed in, so
// a run can be replayed.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31);
    }

    // Between `low` and `high`, both included. REQUIRES: low <= high.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + next() % (high - low + 1);
    }

    // True in `percent` of a hundred cases.
    bool chance(double percent) {
        return static_cast<double>(next() >> 11) * 0x1.0p-53 * 100.0 < percent;
    }

  private:
    std::uint64_t state_;
};

}  // namespace gavel::raft
