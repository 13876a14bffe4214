#include "services/notifier/delivery_rules.h"

#include <algorithm>
#include <iterator>

namespace gavel::notifier {
namespace {

constexpr std::int64_t minute_s = 60;
constexpr std::int64_t hour_s = 3600;
constexpr std::int64_t delays_s[] = {5,           5 * minute_s, 30 * minute_s,
                                     2 * hour_s,  5 * hour_s,   10 * hour_s,
                                     14 * hour_s, 20 * hour_s,  24 * hour_s};

std::int64_t delay_us(int failures) {
    return delays_s[failures - 1] * 1'000'000;
}

}  // namespace

Verdict verdict_on(const WebAnswer& answer) {
    if (answer.failure != WebAnswer::Failure::none) return Verdict::down;
    if (answer.status >= 200 && answer.status < 300) return Verdict::delivered;
    if (answer.status == 410) return Verdict::gone;
    const bool later = answer.status == 408 || answer.status == 425 || answer.status == 429;
    return answer.status >= 400 && answer.status < 500 && !later ? Verdict::refused : Verdict::down;
}

std::optional<std::int64_t> retry_delay_us(int failures) {
    if (failures > static_cast<int>(std::size(delays_s))) return std::nullopt;
    return delay_us(failures);
}

std::int64_t pause_us(int failures) {
    return delay_us(std::min(failures, static_cast<int>(std::size(delays_s))));
}

}  // namespace gavel::notifier
