#pragma once

#include "common/http/headers.h"

namespace gavel::frontend {

// What a proxy passes on of a request's headers: all but those that belong to one connection
// (RFC 9110, section 7.6.1) or that the HTTP client writes anew.
Headers passed_on(const Headers& request_headers);

// The same for an answer's headers on their way back.
Headers passed_back(const Headers& answer_headers);

}  // namespace gavel::frontend
