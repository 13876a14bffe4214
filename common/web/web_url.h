#pragma once

#include <cstdint>
#include <string>

namespace gavel {

// A URL anywhere on the web: "https://host:port/path?query", or with http.
struct WebURL {
    bool https = true;
    std::string host;  // a name, or an IP address without brackets
    std::uint16_t port = 443;
    std::string target = "/";  // path and query

    // As the Host header has it: the port stands there when it is not the scheme's own.
    std::string authority() const;

    // Throws std::invalid_argument that says what is wrong with the text. Refused beside what is
    // no such URL: a user name in it, and a fragment.
    static WebURL parse(const std::string& text);
};

}  // namespace gavel
