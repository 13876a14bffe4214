#pragma once

#include <cstdint>
#include <string>

namespace gavel {

// A Unix time in UTC as std::strftime() writes it; at most 40 bytes.
std::string utc_text(std::int64_t unix_seconds, const char* format);

}  // namespace gavel
