#include "services/auction/rules/soft_close.h"

#include <algorithm>

namespace gavel::auction {
namespace {

constexpr std::int64_t us_a_second = 1'000'000;

}  // namespace

std::int64_t SoftClose::end_after_bid(std::int64_t end_us, std::int64_t bid_us,
                                      std::uint32_t times_moved) const {
    if (times_moved >= max_times || bid_us < end_us - window_seconds * us_a_second) return end_us;
    std::int64_t wanted_us = bid_us + extension_seconds * us_a_second;
    if (hard_end_us != 0) wanted_us = std::min(wanted_us, hard_end_us);
    return std::max(end_us, wanted_us);
}

}  // namespace gavel::auction
