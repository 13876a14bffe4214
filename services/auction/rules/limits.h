#pragma once

// The limits of an auction's rules and receipts; all others are in common/limits.h.

#include <cstddef>
#include <cstdint>

namespace gavel::limits {

inline constexpr std::size_t max_increment_rows = 50;               // 400
inline constexpr std::int64_t max_soft_close_seconds = 24 * 3'600;  // 400
inline constexpr std::uint32_t max_soft_close_times = 10'000;       // 400; also when none is given
// The year 2242: below it a double tells microseconds apart.
inline constexpr std::int64_t max_opens_at_us = 8'589'934'592LL * 1'000'000;  // 400

// Receipts. A commitment is salted with 128 bits, so nobody finds its value by trying.
inline constexpr std::size_t seed_bytes = 32;
inline constexpr std::size_t salt_bytes = 16;
inline constexpr long max_long_answers = 64;     // proofs and heads that are being read; 503
inline constexpr std::uint64_t heads_page = 31;  // without ?limit=
inline constexpr std::uint64_t max_heads_page = 10'000;  // ?limit= above it: 400
inline constexpr std::size_t receipts_kept = 100'000;    // for repeated answers; older: none

}  // namespace gavel::limits
