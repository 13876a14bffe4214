#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gavel {

// Appends a quoted JSON string (RFC 8259, section 7). The text must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Appends a time in microseconds as Unix seconds, the way Python prints such a float: 0 stays
// "0", otherwise at least one decimal and no trailing zeros.
void append_json_seconds(std::string& out, std::int64_t time_us);

}  // namespace gavel
