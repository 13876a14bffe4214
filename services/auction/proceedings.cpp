#include "services/auction/proceedings.h"

#include <algorithm>

namespace gavel::auction {
namespace {

// The first that is about this bid or a later one. Asked most often of the newest bids, so it is
// looked for from the end, in steps that double (Bentley and Yao 1976).
template <class Notes>
auto first_from(const Notes& notes, std::uint32_t bid_number) {
    const auto is_before = [](const auto& note, std::uint32_t wanted) {
        return note.bid_number < wanted;
    };
    auto end = notes.end();
    for (std::ptrdiff_t step = 1; end - notes.begin() > step; step *= 2) {
        if (is_before(*(end - step), bid_number)) {
            return std::lower_bound(end - step + 1, end, bid_number, is_before);
        }
        end -= step;
    }
    return std::lower_bound(notes.begin(), end, bid_number, is_before);
}

}  // namespace

const Proceedings::Remark* Proceedings::remark_on(std::uint32_t bid_number) const {
    const auto found = first_from(remarks, bid_number);
    return found != remarks.end() && found->bid_number == bid_number ? &*found : nullptr;
}

std::uint32_t Proceedings::extensions_after(std::uint32_t bid_count) const {
    return static_cast<std::uint32_t>(first_from(extensions, bid_count) - extensions.begin());
}

std::int64_t Proceedings::closing_time_after(std::uint32_t bid_count) const {
    const std::uint32_t count = extensions_after(bid_count);
    return count == 0 ? first_end_us : extensions[count - 1].closing_time_us;
}

}  // namespace gavel::auction
