#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gavel::gateway {

// A place in the event stream: just after the event with this number.
struct StreamPosition {
    std::uint64_t index = 0;
    std::uint32_t n = 0;
    auto operator<=>(const StreamPosition&) const = default;
};

// An event id taken apart: "<log id>-<index>.<n>".
struct StreamEventId {
    std::string log_id;
    StreamPosition position;

    // Nothing for text that is no event id of ours.
    static std::optional<StreamEventId> parse(std::string_view text);
};

}  // namespace gavel::gateway
