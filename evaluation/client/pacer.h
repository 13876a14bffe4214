#pragma once

#include <cmath>
#include <cstdint>

namespace gavel::evaluation {

// When the requests of an open loop are due: evenly spaced from the start, whether or not answers
// come. Each time follows from the request's number, so that roundings do not add up.
class Pacer {
  public:
    // REQUIRES: per_second > 0
    Pacer(double per_second, std::int64_t start_ns)
        : interval_ns_(1e9 / per_second), start_ns_(start_ns) {}

    std::int64_t next_due_ns() const {
        return start_ns_ + std::llround(interval_ns_ * static_cast<double>(taken_));
    }
    // Takes the next request; returns when it was due.
    std::int64_t take() {
        const std::int64_t due_ns = next_due_ns();
        ++taken_;
        return due_ns;
    }

  private:
    double interval_ns_;
    std::int64_t start_ns_;
    std::uint64_t taken_ = 0;
};

}  // namespace gavel::evaluation
