#pragma once

#include <cstdint>

namespace gavel {

// Unix time in microseconds, as the machine's wall clock has it now. It may jump: use it once, to
// anchor an AnchoredClock, or for people to read.
std::int64_t wall_clock_us();

}  // namespace gavel
