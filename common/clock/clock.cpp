#include "common/clock/clock.h"

#include <chrono>
#include <utility>

namespace gavel {

std::int64_t wall_clock_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string unix_seconds_text(std::int64_t unix_us) {
    const std::int64_t ms = unix_us / 1000;
    std::string text = std::to_string(ms / 1000) + ".000";
    for (auto [place, rest] = std::pair(text.size() - 1, ms % 1000); rest > 0;
         --place, rest /= 10) {
        text[place] = static_cast<char>('0' + rest % 10);
    }
    return text;
}

}  // namespace gavel
