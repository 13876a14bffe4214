#pragma once

#include <cstdint>
#include <ctime>

namespace gavel::evaluation {

inline constexpr std::int64_t ns_per_second = 1'000'000'000;

// Of a clock that only goes forward.
inline std::int64_t now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * ns_per_second + time.tv_nsec;
}

}  // namespace gavel::evaluation
