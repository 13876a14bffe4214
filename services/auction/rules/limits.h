#pragma once

// The limits of an auction's rules; all others are in common/limits.h.

#include <cstddef>
#include <cstdint>

namespace gavel::limits {

inline constexpr std::size_t max_increment_rows = 50;               // 400
inline constexpr std::int64_t max_soft_close_seconds = 24 * 3'600;  // 400
inline constexpr std::uint32_t max_soft_close_times = 10'000;       // 400; also when none is given
// The year 2242: below it a double tells microseconds apart.
inline constexpr std::int64_t max_opens_at_us = 8'589'934'592LL * 1'000'000;  // 400

}  // namespace gavel::limits
