#include "common/crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <new>
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

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc();
    // The algorithm is looked up here, once: it costs more than the hash of a record.
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

Digest Sha256::of(std::initializer_list<std::string_view> parts) {
    Digest digest{};
    unsigned int size = 0;
    require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
    for (const auto part : parts) {
        require(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
    }
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
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
    std::size_t place = out.size();
    out.resize(place + bytes.size() * 2);
    for (const char byte : bytes) {
        out[place++] = digits[static_cast<unsigned char>(byte) >> 4];
        out[place++] = digits[byte & 15];
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
