#pragma once

#include <cstdint>
#include <string_view>

namespace gavel {

// FNV-1a, 64 bits (draft-eastlake-fnv): tells accidents apart, withstands no attack.
constexpr std::uint64_t fnv1a(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

}  // namespace gavel
