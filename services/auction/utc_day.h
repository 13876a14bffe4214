#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gavel::auction {

inline constexpr std::int64_t us_a_day = 24LL * 3'600 * 1'000'000;

// Days since 1 January 1970, in UTC, of a Unix time that is not before it.
constexpr std::int64_t utc_day_of(std::int64_t time_us) {
    return time_us / us_a_day;
}

// ISO 8601: "2026-01-31".
std::string utc_day_text(std::int64_t day);
// Nothing for what utc_day_text() cannot have written.
std::optional<std::int64_t> parse_utc_day(std::string_view text);

}  // namespace gavel::auction
