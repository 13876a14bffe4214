#pragma once

#include <cstdint>
#include <string>

#include "common/http/headers.h"
#include "common/http/response.h"

namespace gavel {

// The client takes problem details (RFC 9457): `Accept: application/problem+json`.
bool wants_problem(const Headers& request_headers);

// Makes problem details of a refusal as it is told otherwise, `{"error": text}` or
// `{"ok": false, "message": text}`: type, title, status, detail, the request's id, the server's
// time in Unix seconds, and whatever members the refusal had beside. Any other answer is left as
// it is.
void make_problem(Response& response, const std::string& request_id, std::int64_t unix_us);

}  // namespace gavel
