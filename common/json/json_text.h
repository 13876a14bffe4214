#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gavel {

// Appends a quoted JSON string (RFC 8259, section 7). The text must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Appends a time in microseconds as Unix seconds, the way Python prints such a float: 0 stays
// "0", otherwise at least one decimal and no trailing zeros.
void append_json_seconds(std::string& out, std::int64_t time_us);

// Appends value / 10^decimals exactly, with at least one decimal and no trailing zeros: 605000
// with 4 decimals is "60.5". REQUIRES: 1 <= decimals <= 20.
void append_decimal(std::string& out, std::uint64_t value, std::size_t decimals);

}  // namespace gavel
