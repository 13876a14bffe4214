#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/feed_pages.h"

namespace gavel::gateway {

// A page whose events are numbered as the book numbers them: 1, 3, 5 within an entry.
inline FeedPage numbered(FeedPage page) {
    std::uint64_t index = 0;
    std::uint32_t n = 1;
    for (auto& event : page.events) {
        n = event.index == index ? n + 2 : 1;
        index = event.index;
        event.n = n;
    }
    page.head = page.index;
    return page;
}

inline FeedPage page(std::string log_id, std::uint64_t index, std::vector<FeedEvent> events) {
    return numbered(testing::page(std::move(log_id), index, std::move(events)));
}

}  // namespace gavel::gateway
