#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace gavel {

// 32 bytes, as SHA-256 gives them (FIPS 180-4).
using Digest = std::array<std::uint8_t, 32>;

// Of all parts, one behind the other.
Digest sha256_of(std::initializer_list<std::string_view> parts);

// HMAC with SHA-256 (RFC 2104).
Digest hmac_sha256(std::string_view key, std::string_view text);

// Bytes that nobody can guess. Throws std::runtime_error when the system has none.
std::string random_bytes(std::size_t count);

// The bytes of a digest, or of a part of one; lasts as long as it.
template <std::size_t count>
std::string_view bytes_of(const std::array<std::uint8_t, count>& digest) {
    return {reinterpret_cast<const char*>(digest.data()), count};
}
// Two digits for each byte, in lower case.
std::string to_hex(std::string_view bytes);
void append_hex(std::string& out, std::string_view bytes);
// Nothing for what to_hex() cannot have written.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace gavel
