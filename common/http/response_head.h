#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/reason_phrase.h"
#include "common/http/response.h"

namespace gavel {

// How the answer's body ends and what happens to the connection then.
struct HeadOptions {
    bool keep_alive = true;
    bool http_1_0 = false;
    std::string_view request_id;
    bool chunked = false;  // the body comes in chunks (RFC 9112, section 7.1)
};

// The status line and headers of an answer, up to and with the empty line. Adds Date and
// Gavel-Time (unless the answer was passed on with that of another server, whose clock counts),
// Content-Type (JSON unless the answer says otherwise), Content-Length (but for streams) and
// X-Request-Id. A header that would break a line is left out.
std::string response_head(const Response& response, const HeadOptions& options);
void append_response_head(std::string& out, const Response& response, const HeadOptions& options);

}  // namespace gavel
