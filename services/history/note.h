#pragma once

#include <cstdint>
#include <string>

namespace gavel::history {

// An event that a client posted itself. It is part of no log: it is numbered here, and nobody
// else has it. What may be any JSON value is kept as JSON text.
struct Note {
    std::string auction_id = "null";
    std::string event_type = "null";
    std::string payload = R"("")";
    std::int64_t time_us = 0;  // Unix time
};

}  // namespace gavel::history
