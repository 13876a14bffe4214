#pragma once

#include <cstdint>

namespace gavel::auction {

// The soft close: a bid in the last moments moves the end, so that nobody wins by being the last
// to click (eBay has none; Trade Me, Yahoo and most others do).
struct SoftClose {
    std::int64_t window_seconds = 0;     // before the end: the last moments
    std::int64_t extension_seconds = 0;  // from such a bid to the end, at least
    std::uint32_t max_times = 0;         // how often the end may move
    std::int64_t hard_end_us = 0;        // Unix time that no extension passes; 0: there is none
    bool operator==(const SoftClose&) const = default;

    // The end after a bid that has changed the price; the same end when it does not move. Never
    // earlier than it was. Times are Unix times in microseconds.
    std::int64_t end_after_bid(std::int64_t end_us, std::int64_t bid_us,
                               std::uint32_t times_moved) const;
};

}  // namespace gavel::auction
