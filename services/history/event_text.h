#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gavel::history {

// The three fields of an event that come from outside, each as JSON text, and its time.
struct EventText {
    std::string_view auction_id;
    std::string_view event_type;
    std::string_view payload;
    std::int64_t time_us = 0;  // Unix time
};

// Appends `"auction_id":…,"event_type":…,"payload":…,"timestamp":…`, without braces: the keys of
// the original platform, in its order.
void append_event_fields(std::string& out, const EventText& event);

}  // namespace gavel::history
