#include "services/auction/idempotency.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "common/bytes/fnv1a.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::auction {
namespace {

// Takes the number in front of `text`, which it ends with `end`, off it.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view end, int base) {
    std::uint64_t number = 0;
    const char* const begin = text.data();
    const auto [rest, error] = std::from_chars(begin, begin + text.size(), number, base);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - begin));
    if (!text.starts_with(end)) return std::nullopt;
    text.remove_prefix(end.size());
    return number;
}

std::string path_of(const JSONRequest& request) {
    std::string_view path = request.path();
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    return std::string(path);
}

}  // namespace

std::optional<IdempotencyKey> read_idempotency(const JSONRequest& request) {
    const auto header = request.header("Idempotency-Key");
    if (!header) return std::nullopt;
    if (header->empty() || header->size() > limits::max_idempotency_key_bytes ||
        !std::all_of(header->begin(), header->end(), [](char c) { return c >= ' ' && c < 127; })) {
        throw bad_request("Idempotency-Key must be 1 to " +
                          std::to_string(limits::max_idempotency_key_bytes) +
                          " printable characters");
    }
    return idempotency_key(request.method(), path_of(request), std::string(*header),
                           request.object());
}

IdempotencyKey idempotency_key(const std::string& method, const std::string& path, std::string key,
                               const nlohmann::json& object) {
    // A fingerprint guards against mistakes: a client can only confuse itself with its own keys.
    return {method + " " + path, std::move(key), fnv1a(object.dump())};
}

std::optional<SessionKey> read_session(const JSONRequest& request) {
    constexpr std::size_t session_digits = 16;
    const auto header = request.header(session_header);
    if (!header || request.header("Idempotency-Key")) return std::nullopt;
    std::string_view text = *header;
    const auto session = take_number(text, "-", 16);
    const bool whole = header->size() - text.size() == session_digits + 1;
    const auto serial = session ? take_number(text, "-", 10) : std::nullopt;
    const auto low = serial ? take_number(text, "", 10) : std::nullopt;
    if (!whole || !low || !text.empty() || *low > *serial) {
        throw bad_request(std::string(session_header) +
                          " must be 16 hex digits, a serial and the lowest one that is waited for");
    }
    // The body as it came: a gateway repeats the same bytes.
    const std::string what = request.method() + " " + path_of(request) + "\n" + request.body();
    return SessionKey{*session, *serial, *low, fnv1a(what)};
}

}  // namespace gavel::auction
