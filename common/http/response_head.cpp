#include "common/http/response_head.h"

#include "common/clock/clock.h"
#include "common/clock/utc_text.h"
#include "common/http/message_text.h"

namespace gavel {
namespace {

// RFC 9110, section 5.6.7; made anew once a second.
const std::string& http_date(std::int64_t now) {
    thread_local std::int64_t made_at = 0;
    thread_local std::string text;
    if (now != made_at) {
        text = utc_text(now, "%a, %d %b %Y %H:%M:%S GMT");
        made_at = now;
    }
    return text;
}

// What the server alone decides.
bool is_framing_header(std::string_view name) {
    return equal_ignoring_case(name, "Content-Length") ||
           equal_ignoring_case(name, "Transfer-Encoding") ||
           equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Date") ||
           equal_ignoring_case(name, "X-Request-Id");
}

bool has_no_content(int status) {
    return status == 204 || status == 304;
}

}  // namespace

std::string response_head(const Response& response, const HeadOptions& options) {
    std::string head;
    append_response_head(head, response, options);
    return head;
}

void append_response_head(std::string& head, const Response& response, const HeadOptions& options) {
    head.reserve(head.size() + 320);
    append_status_line(head, response.status);
    const std::int64_t now_us = wall_clock_us();
    append_field_line(head, "Date", http_date(now_us / 1'000'000));
    bool timed = false;
    bool typed = false;
    for (const auto& [name, value] : response.headers) {
        if (is_framing_header(name) || !is_field(name, value)) continue;
        timed = timed || equal_ignoring_case(name, time_header);
        typed = typed || equal_ignoring_case(name, "Content-Type");
        append_field_line(head, name, value);
    }
    if (!timed) append_field_line(head, time_header, unix_seconds_text(now_us));
    if (!typed && !has_no_content(response.status)) head += "\r\nContent-Type: application/json";
    if (!response.stream && !has_no_content(response.status)) {
        append_field_line(head, "Content-Length", std::to_string(response.body.size()));
    }
    if (options.chunked) head += "\r\nTransfer-Encoding: chunked";
    if (!options.request_id.empty()) append_field_line(head, "X-Request-Id", options.request_id);
    if (!options.keep_alive) {
        head += "\r\nConnection: close";
    } else if (options.http_1_0) {
        head += "\r\nConnection: keep-alive";
    }
    head += "\r\n\r\n";
}

}  // namespace gavel
