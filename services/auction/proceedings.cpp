#include "services/auction/proceedings.h"

#include <algorithm>

namespace gavel::auction {

const Proceedings::Remark* Proceedings::remark_on(std::uint32_t bid_number) const {
    // Asked most often of the last bid.
    if (remarks.empty() || remarks.back().bid_number < bid_number) return nullptr;
    const auto found = std::lower_bound(
        remarks.begin(), remarks.end(), bid_number,
        [](const Remark& remark, std::uint32_t wanted) { return remark.bid_number < wanted; });
    return found != remarks.end() && found->bid_number == bid_number ? &*found : nullptr;
}

std::uint32_t Proceedings::extensions_after(std::uint32_t bid_count) const {
    // Asked most often of the last bid.
    if (extensions.empty() || extensions.back().bid_number < bid_count) {
        return static_cast<std::uint32_t>(extensions.size());
    }
    const auto later = std::lower_bound(extensions.begin(), extensions.end(), bid_count,
                                        [](const Extension& extension, std::uint32_t count) {
                                            return extension.bid_number < count;
                                        });
    return static_cast<std::uint32_t>(later - extensions.begin());
}

std::int64_t Proceedings::closing_time_after(std::uint32_t bid_count) const {
    const std::uint32_t count = extensions_after(bid_count);
    return count == 0 ? first_end_us : extensions[count - 1].closing_time_us;
}

}  // namespace gavel::auction
