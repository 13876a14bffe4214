#pragma once

#include <cstdint>
#include <optional>

#include "common/http/json_request.h"

namespace gavel {

// Between services: a write is to take effect only if its auction has not changed since that entry
// of the log. What the gateway makes of `If-Match`.
inline constexpr const char* unchanged_since_header = "Gavel-If-Unchanged-Since";

// What the header says. Throws HTTPError 400 when it is no index of the log.
std::optional<std::uint64_t> read_unchanged_since(const JSONRequest& request);

// What whoever asked for the write is told with 412 when its auction has changed.
inline constexpr const char* changed_message = "the auction has changed since: read it again";

}  // namespace gavel
