#pragma once

#include <cstdint>
#include <string>

namespace gavel {

// Where a service is: "http://host:port", perhaps with a trailing slash.
struct ServiceURL {
    std::string host;
    std::uint16_t port = 80;

    // "host:port", as the Host header has it.
    std::string authority() const;

    // Throws std::invalid_argument that shows the text and says what a URL looks like.
    static ServiceURL parse(const std::string& text);
};

}  // namespace gavel
