#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/http/json_request.h"
#include "services/auction/command.h"

namespace gavel::auction {

// The key of the request's Idempotency-Key header, when it has one: scoped by method and path,
// with a fingerprint of the body that is the same for the same JSON however it was spaced.
// Throws HTTPError 400 for a key that is empty, too long or not printable.
std::optional<IdempotencyKey> read_idempotency(const JSONRequest& request);

// The same key for a request that came another way: what it would be with this method, path and
// body.
IdempotencyKey idempotency_key(const std::string& method, const std::string& path, std::string key,
                               const nlohmann::json& object);

// The key of the request's Gavel-Session header, "<session as 16 hex digits>-<serial>-<low>",
// which gateways add when the client sent no Idempotency-Key; nothing when it did.
// Throws HTTPError 400 for a header of another form.
std::optional<SessionKey> read_session(const JSONRequest& request);

}  // namespace gavel::auction
