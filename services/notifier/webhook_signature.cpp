#include "services/notifier/webhook_signature.h"

#include <openssl/evp.h>

#include <optional>

#include "common/crypto/sha256.h"
#include "services/notifier/limits.h"

namespace gavel::notifier {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t made_bytes = 24;

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with the NUL that OpenSSL adds
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                    static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

// Nothing for what is no base64.
std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > 4 * limits::max_webhook_key_bytes)
        return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                     static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
    bytes.resize(static_cast<std::size_t>(size) - padding);
    // OpenSSL takes blanks around it, too; only what we would write ourselves is one.
    if (base64(bytes) != text) return std::nullopt;
    return bytes;
}

std::optional<std::string> key_of(std::string_view secret) {
    if (!secret.starts_with(prefix)) return std::nullopt;
    return from_base64(secret.substr(prefix.size()));
}

}  // namespace

std::string make_webhook_secret() {
    return std::string(prefix) + base64(random_bytes(made_bytes));
}

bool is_webhook_secret(std::string_view text) {
    const auto key = key_of(text);
    return key && key->size() >= limits::min_webhook_key_bytes &&
           key->size() <= limits::max_webhook_key_bytes;
}

Headers signed_headers(std::string_view secret, const std::string& message_id,
                       std::int64_t unix_seconds, std::string_view body) {
    const std::string key = key_of(secret).value();
    const std::string timestamp = std::to_string(unix_seconds);
    std::string content = message_id + "." + timestamp + ".";
    content += body;
    return {{"webhook-id", message_id},
            {"webhook-timestamp", timestamp},
            {"webhook-signature", "v1," + base64(bytes_of(hmac_sha256(key, content)))}};
}

}  // namespace gavel::notifier
