#pragma once

#include <cstddef>

namespace gavel {

// Lets the process open as many files as the system grants this user, and asks for more when that
// is fewer than `wanted`. Returns how many it may open now.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace gavel
