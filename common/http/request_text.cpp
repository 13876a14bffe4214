#include "common/http/request_text.h"

#include "common/http/field_syntax.h"

namespace gavel {
namespace {

constexpr std::size_t usual_head_bytes = 256;

bool is_ours(std::string_view name) {
    return equal_ignoring_case(name, "Host") || equal_ignoring_case(name, "Content-Length") ||
           equal_ignoring_case(name, "X-Request-Id");
}

}  // namespace

void append_request_text(std::string& out, const ServiceRequest& request,
                         std::string_view authority, bool repeated) {
    const std::size_t text_bytes = usual_head_bytes + request.target.size() + request.body.size();
    if (out.capacity() - out.size() < text_bytes) {
        out.reserve(std::max(out.size() + text_bytes, out.capacity() * 2));
    }
    out += request.method;
    out += ' ';
    out += request.target;
    out += " HTTP/1.1\r\nHost: ";
    out += authority;
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        out += "\r\nContent-Length: ";
        out += std::to_string(request.body.size());
    }
    if (!request.request_id.empty()) {
        out += "\r\nX-Request-Id: ";
        out += request.request_id;
    }
    for (const auto& [name, value] : request.headers) {
        if (is_ours(name) || !is_token(name) || !is_field_value(value)) continue;
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    if (repeated) {
        out += "\r\n";
        out += repeat_header;
        out += ": 1";
    }
    out += "\r\n\r\n";
    out += request.body;
}

}  // namespace gavel
