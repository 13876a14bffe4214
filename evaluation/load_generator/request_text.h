#pragma once

#include <string>
#include <string_view>

namespace gavel::evaluation {

// The head of a POST with JSON, up to where the length of the body belongs. `fields` are further
// header lines, each with its "\r\n".
inline std::string post_head(std::string_view target, std::string_view authority,
                             std::string_view fields) {
    std::string head = "POST ";
    head += target;
    head += " HTTP/1.1\r\nHost: ";
    head += authority;
    head += "\r\nContent-Type: application/json\r\n";
    head += fields;
    head += "Content-Length: ";
    return head;
}

inline void append_body(std::string& request, std::string_view body) {
    request += std::to_string(body.size());
    request += "\r\n\r\n";
    request += body;
}

}  // namespace gavel::evaluation
