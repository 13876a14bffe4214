#pragma once

#include <string>
#include <string_view>

#include "common/http/service_client.h"

namespace gavel {

// Appends a request as HTTP/1.1 writes it. Headers that would break a line, and those that frame
// the request, are left out or the client's own. `repeated`: it may have been sent before.
void append_request_text(std::string& out, const ServiceRequest& request,
                         std::string_view authority, bool repeated);

}  // namespace gavel
