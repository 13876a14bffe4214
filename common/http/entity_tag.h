#pragma once

#include <string>

#include "common/http/headers.h"
#include "common/http/response.h"

namespace gavel {

// Whether the reader has what this tag names (RFC 9110, section 13.1.2); `etag` has its quotes.
inline bool has_current(const Headers& headers, const std::string& etag) {
    return headers.has_token("If-None-Match", etag) ||
           headers.has_token("If-None-Match", "W/" + etag) ||
           headers.has_token("If-None-Match", "*");
}

// 304: what the reader has is current.
inline Response not_modified() {
    Response answer;
    answer.status = 304;
    return answer;
}

}  // namespace gavel
