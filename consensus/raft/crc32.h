#pragma once

#include <cstdint>
#include <string_view>

namespace gavel::raft {

// CRC-32 (IEEE 802.3) of `bytes`, going on from the checksum of what came before them:
// crc32(b, crc32(a)) is the checksum of a and b together.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace gavel::raft
