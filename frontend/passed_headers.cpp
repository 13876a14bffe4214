#include "frontend/passed_headers.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace gavel::frontend {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view of_one_connection[] = {"Connection",
                                                  "Keep-Alive",
                                                  "Proxy-Connection",
                                                  "Proxy-Authenticate",
                                                  "Proxy-Authorization",
                                                  "TE",
                                                  "Trailer",
                                                  "Transfer-Encoding",
                                                  "Upgrade",
                                                  "Content-Length"};

// The request id travels beside the headers, and a body that came in whole needs no Expect.
constexpr std::string_view of_the_request[] = {"Host", "Expect", "X-Request-Id"};
constexpr std::string_view of_the_answer[] = {"Date", "Server"};

bool is_one_of(std::string_view name, Names names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view known) { return equal_ignoring_case(name, known); });
}

Headers without(const Headers& headers, Names names) {
    Headers kept;
    for (const auto& [name, value] : headers) {
        if (is_one_of(name, of_one_connection) || is_one_of(name, names)) continue;
        // Connection may name further ones.
        if (headers.has_token("Connection", name)) continue;
        kept.add(name, value);
    }
    return kept;
}

}  // namespace

Headers passed_on(const Headers& request_headers) {
    return without(request_headers, of_the_request);
}

Headers passed_back(const Headers& answer_headers) {
    return without(answer_headers, of_the_answer);
}

}  // namespace gavel::frontend
