#pragma once

#include <optional>
#include <string_view>

#include "common/http/headers.h"

namespace gavel {

// "Bearer x" is "x"; the scheme's name is in any case (RFC 6750, section 2.1). Borrows the headers.
inline std::optional<std::string_view> bearer_token(const Headers& headers) {
    constexpr std::string_view scheme = "Bearer ";
    const auto given = headers.find("Authorization");
    if (!given || given->size() <= scheme.size()) return std::nullopt;
    if (!equal_ignoring_case(given->substr(0, scheme.size()), scheme)) return std::nullopt;
    return given->substr(scheme.size());
}

}  // namespace gavel
