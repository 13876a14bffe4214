#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/headers.h"

namespace gavel::notifier {

// A new secret: "whsec_" and 24 random bytes in base64.
std::string make_webhook_secret();

// "whsec_" and base64 of 24 to 64 bytes.
bool is_webhook_secret(std::string_view text);

// The headers by which a server knows that the message is ours and not an old one (Standard
// Webhooks): its id, the time of this attempt in Unix seconds, and "v1," with the HMAC-SHA256 over
// id.timestamp.body in base64. REQUIRES: is_webhook_secret(secret)
Headers signed_headers(std::string_view secret, const std::string& message_id,
                       std::int64_t unix_seconds, std::string_view body);

}  // namespace gavel::notifier
