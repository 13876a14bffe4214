#include "services/auction/idempotency.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/bytes/fnv1a.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::auction {
std::optional<IdempotencyKey> read_idempotency(const JSONRequest& request) {
    const auto header = request.header("Idempotency-Key");
    if (!header) return std::nullopt;
    if (header->empty() || header->size() > limits::max_idempotency_key_bytes ||
        !std::all_of(header->begin(), header->end(), [](char c) { return c >= ' ' && c < 127; })) {
        throw bad_request("Idempotency-Key must be 1 to " +
                          std::to_string(limits::max_idempotency_key_bytes) +
                          " printable characters");
    }
    std::string_view path = request.path();
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    // A fingerprint guards against mistakes: a client can only confuse itself with its own keys.
    return IdempotencyKey{request.method() + " " + std::string(path), std::string(*header),
                          fnv1a(request.object().dump())};
}

}  // namespace gavel::auction
