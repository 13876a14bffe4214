#pragma once

#include <string>

#include "common/http/json_request.h"
#include "common/http/service_client.h"

namespace gavel {

// What a gateway adds to a write that came without an Idempotency-Key, so that it can be repeated
// (services/auction/idempotency.h). Between services only: what clients send is not passed on.
inline constexpr const char* session_header = "Gavel-Session";

// The request that carries a client's wish one service further: the idempotency key, what the
// client prefers and the request id go with it.
ServiceRequest forwarded(const JSONRequest& request, std::string target, std::string body);

// What comes back of it: status, body, and the headers that are meant for clients; or what a
// client is told when the service failed. `service` is named in that sentence.
Response passed_back(ServiceResult result, const std::string& service);

}  // namespace gavel
