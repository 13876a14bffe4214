#pragma once

#include <string>
#include <string_view>

namespace gavel {

// A new id for a request that brought none: 15 hex digits, different for every request of every
// process. Any thread.
std::string make_request_id();

// An id from outside is taken over when it is short and printable; it goes into log lines.
bool is_acceptable_request_id(std::string_view id);

}  // namespace gavel
