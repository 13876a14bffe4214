#include "common/crypto/sha256.h"

// OpenSSL would rather have its EVP interface used, which takes memory anew for each hash: for a
// line of a chain that is a fifth of the time.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdexcept>

namespace gavel {
namespace {

void require(bool done) {
    if (!done) throw std::runtime_error("SHA-256 is not available in this OpenSSL");
}

int value_of(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

}  // namespace

Digest sha256_of(std::initializer_list<std::string_view> parts) {
    SHA256_CTX context;
    require(SHA256_Init(&context) == 1);
    for (const auto part : parts) {
        require(SHA256_Update(&context, part.data(), part.size()) == 1);
    }
    Digest digest;
    require(SHA256_Final(digest.data(), &context) == 1);
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
    Digest digest{};
    unsigned int size = 0;
    require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
                 &size) != nullptr);
    return digest;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        throw std::runtime_error("the system gives no random bytes");
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    std::string text;
    append_hex(text, bytes);
    return text;
}

void append_hex(std::string& out, std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    const std::size_t begin = out.size();
    out.resize(begin + bytes.size() * 2);
    char* place = out.data() + begin;
    for (const char byte : bytes) {
        *place++ = digits[static_cast<unsigned char>(byte) >> 4];
        *place++ = digits[byte & 15];
    }
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = value_of(text[i]);
        const int low = value_of(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

}  // namespace gavel
