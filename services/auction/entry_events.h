#pragma once

#include <cstdint>
#include <string>

namespace gavel::auction {

// The events of one log entry, as they travel on the feed: JSON objects with commas between.
struct EntryEvents {
    std::uint64_t index = 0;
    std::uint32_t count = 0;
    std::string json;
};

}  // namespace gavel::auction
