#pragma once

#include <cstdint>

namespace gavel::evaluation {

// Raises the limit of open files so that `count` fit. Throws std::runtime_error in a sentence that
// says what to do when the system does not allow so many.
void allow_open_files(std::uint64_t count);

}  // namespace gavel::evaluation
