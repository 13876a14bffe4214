#include "common/clock/utc_text.h"

#include <ctime>

namespace gavel {

std::string utc_text(std::int64_t unix_seconds, const char* format) {
    const auto seconds = static_cast<std::time_t>(unix_seconds);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char buffer[40];
    return {buffer, std::strftime(buffer, sizeof buffer, format, &utc)};
}

}  // namespace gavel
