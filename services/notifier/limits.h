#pragma once

// The limits of the notifier service alone; all others are in common/limits.h.

#include <cstddef>

namespace gavel::limits {

// Bidders that are known to be in the file already; beyond it they are forgotten, and the file
// itself is asked.
inline constexpr std::size_t max_noted_bidders = 100'000;

// The keys that webhooks are signed with, as Standard Webhooks has it: 24 to 64 bytes; others 400.
inline constexpr std::size_t min_webhook_key_bytes = 24;
inline constexpr std::size_t max_webhook_key_bytes = 64;

}  // namespace gavel::limits
