#include "common/http/request_text.h"

#include "common/http/message_text.h"

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
    out += " HTTP/1.1";
    append_field_line(out, "Host", authority);
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        append_field_line(out, "Content-Length", std::to_string(request.body.size()));
    }
    if (!request.request_id.empty()) append_field_line(out, "X-Request-Id", request.request_id);
    append_field_lines(out, request.headers, is_ours);
    if (repeated) append_field_line(out, repeat_header, "1");
    out += "\r\n\r\n";
    out += request.body;
}

}  // namespace gavel
