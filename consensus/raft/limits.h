#pragma once

#include <cstddef>
#include <cstdint>

// The core's own limits, and what happens when one is reached. Those of a running node that an
// operator may move are in config.h.
namespace gavel::raft::limits {

inline constexpr std::size_t max_members = 64;                      // the change is refused
inline constexpr std::size_t max_address_bytes = 1'024;             // the change is refused
inline constexpr std::size_t max_entry_bytes = 8 * 1024 * 1024;     // the proposal is refused
inline constexpr std::size_t max_message_bytes = 64 * 1024 * 1024;  // malformed
inline constexpr std::size_t max_message_entries = 65'536;          // malformed
inline constexpr std::size_t max_waiting_reads = 65'536;            // the read is refused

}  // namespace gavel::raft::limits
