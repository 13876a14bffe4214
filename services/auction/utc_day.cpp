#include "services/auction/utc_day.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace gavel::auction {
namespace {

// REQUIRES: the text has digits alone.
int number_in(std::string_view digits) {
    int number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

std::string utc_day_text(std::int64_t day) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::optional<std::int64_t> parse_utc_day(std::string_view text) {
    constexpr std::string_view form = "0000-00-00";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool fits = form[i] == '-' ? text[i] == '-' : text[i] >= '0' && text[i] <= '9';
        if (!fits) return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(number_in(text.substr(0, 4))),
        std::chrono::month(static_cast<unsigned>(number_in(text.substr(5, 2)))),
        std::chrono::day(static_cast<unsigned>(number_in(text.substr(8, 2))))};
    const std::int64_t day =
        date.ok() ? std::chrono::sys_days(date).time_since_epoch().count() : -1;
    if (day < 0) return std::nullopt;
    return day;
}

}  // namespace gavel::auction
