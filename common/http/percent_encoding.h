#pragma once

#include <string>
#include <string_view>

namespace gavel {

// Decodes %XX (RFC 3986, section 2.1). A `%` that two hex digits do not follow stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

// Encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace gavel
