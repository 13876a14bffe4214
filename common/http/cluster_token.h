#pragma once

#include <string>
#include <string_view>

#include "common/http/headers.h"

namespace gavel {

// Between the servers of one installation: a secret that all of them share, CLUSTER_TOKEN.
inline constexpr const char* cluster_token_header = "Gavel-Cluster-Token";

// Compares in a time that does not tell how much was right.
inline bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    int difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

// True when the request brings the token, or none is needed.
inline bool has_cluster_token(const Headers& headers, const std::string& token) {
    if (token.empty()) return true;
    const auto given = headers.find(cluster_token_header);
    return given && same_secret(*given, token);
}

}  // namespace gavel
