#pragma once

#include <cstdint>
#include <string>

namespace gavel {

// Unix time in microseconds, as the machine's wall clock has it now. It may jump: use it once, to
// anchor an AnchoredClock, or for people to read.
std::int64_t wall_clock_us();

// Unix time as seconds with three decimals, as clients read it: "1700000000.123".
std::string unix_seconds_text(std::int64_t unix_us);

// The header that every answer has beside Date: the server's clock, as unix_seconds_text().
inline constexpr const char* time_header = "Gavel-Time";

}  // namespace gavel
