#include "common/identity/identity.h"

#include <charconv>

#include "common/crypto/sha256.h"
#include "common/http/bearer_token.h"
#include "common/http/cluster_token.h"
#include "common/http/http_error.h"

namespace gavel {
namespace {

constexpr std::int64_t us_a_second = 1'000'000;

std::string signature_of(std::string_view key, std::string_view text) {
    return to_hex(bytes_of(hmac_sha256(key, "gavel bidder " + std::string(text))));
}

}  // namespace

std::string mint_bidder_token(std::string_view key, std::string_view name, std::int64_t expires_s) {
    const std::string text = to_hex(name) + '.' + std::to_string(expires_s);
    return text + '.' + signature_of(key, text);
}

std::optional<std::string> read_bidder_token(std::string_view key, std::string_view token,
                                             std::int64_t now_s) {
    const auto last = token.rfind('.');
    if (last == std::string_view::npos) return std::nullopt;
    const auto text = token.substr(0, last);
    if (!same_secret(token.substr(last + 1), signature_of(key, text))) return std::nullopt;
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    std::int64_t expires_s = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + dot + 1, end, expires_s);
    if (read.ec != std::errc() || read.ptr != end || expires_s <= now_s) return std::nullopt;
    return from_hex(text.substr(0, dot));
}

std::optional<std::string> Identity::bidder(const JSONRequest& request) const {
    if (!knows_bidders()) return std::nullopt;
    const auto token = bearer_token(request.headers());
    if (!token || is_operator(request)) return std::nullopt;
    auto name = read_bidder_token(bidders_, *token, unix_now_us_() / us_a_second);
    if (!name) throw HTTPError(401, "the bidder's token is wrong, or has expired");
    return name;
}

void Identity::require(const std::optional<std::string>& proved, std::string_view name,
                       const std::string& what) const {
    if (!knows_bidders()) return;
    if (!proved) {
        throw HTTPError(401, what + " needs the bidder's token: send Authorization: Bearer TOKEN");
    }
    refuse_other(proved, name);
}

void Identity::refuse_other(const std::optional<std::string>& proved, std::string_view name) {
    if (proved && *proved != name) throw HTTPError(403, "the token is another bidder's");
}

}  // namespace gavel
