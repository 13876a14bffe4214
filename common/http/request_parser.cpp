#include "common/http/request_parser.h"

#include <algorithm>
#include <charconv>

#include "common/http/field_syntax.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

// Whether a line ends in LF alone (RFC 9112, section 2.2), in what came from there on.
bool has_bare_line_feed(std::string_view head, std::size_t from) {
    for (auto at = head.find('\n', from); at != std::string_view::npos;
         at = head.find('\n', at + 1)) {
        if (at == 0 || head[at - 1] != '\r') return true;
    }
    return false;
}

bool is_target_character(char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

}  // namespace

void RequestParser::fail(int status, std::string message) {
    state_ = State::failed;
    error_ = {status, std::move(message)};
}

std::size_t RequestParser::feed(std::string_view bytes) {
    std::size_t taken = 0;
    if (state_ == State::head) taken += feed_head(bytes);
    if (state_ == State::body) taken += feed_body(bytes.substr(taken));
    return taken;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
    std::size_t skipped = 0;
    if (head_.empty()) {
        // An empty line before a request is read over (RFC 9112, section 2.2).
        while (skipped < bytes.size() && (bytes[skipped] == '\r' || bytes[skipped] == '\n')) {
            ++skipped;
        }
        skipped_bytes_ += skipped;
        if (skipped_bytes_ > limits::max_empty_line_bytes) {
            fail(400, "too many empty lines stand before a request");
            return skipped;
        }
    }
    const std::string_view rest = bytes.substr(skipped);
    if (head_.empty()) {
        // Mostly a head comes in one piece, and need not be kept.
        const auto end = rest.substr(0, limits::max_head_bytes + 1).find(head_end);
        if (end != std::string_view::npos) {
            parse_head(rest.substr(0, end + head_end.size()));
            return skipped + end + head_end.size();
        }
    }
    const std::size_t scan_from = head_.size() < head_end.size() ? 0 : head_.size() - 3;
    const std::size_t before = head_.size();
    head_.append(
        rest.substr(0, limits::max_head_bytes + 1 - std::min(before, limits::max_head_bytes)));
    const auto end = head_.find(head_end, scan_from);
    if (end == std::string::npos) {
        // Not waited for: the end of this head would never come.
        if (has_bare_line_feed(head_, before)) {
            fail(400, "request header has a bare line break");
        } else if (head_.size() > limits::max_head_bytes) {
            const bool in_target = head_.find('\n') == std::string::npos;
            fail(in_target ? 414 : 431,
                 in_target ? "request target is too long" : "request header is too large");
        }
        return skipped + (head_.size() - before);
    }
    const std::size_t head_bytes = end + head_end.size();
    const std::size_t taken = head_bytes - before;
    head_.resize(head_bytes);
    parse_head(head_);
    return skipped + taken;
}

void RequestParser::parse_head(std::string_view head) {
    std::string_view rest = head;
    bool first = true;
    while (state_ == State::head) {
        const auto end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (line.find_first_of("\r\n") != std::string_view::npos) {
            fail(400, "request header has a bare line break");
            return;
        }
        if (first) {
            if (!parse_request_line(line)) return;
            first = false;
        } else if (line.empty()) {
            choose_framing();
            return;
        } else if (!parse_field(line)) {
            return;
        }
    }
}

bool RequestParser::parse_request_line(std::string_view line) {
    const auto first_space = line.find(' ');
    const auto last_space = line.rfind(' ');
    if (first_space == std::string_view::npos || first_space == last_space) {
        fail(400, "request line is malformed");
        return false;
    }
    const std::string_view method = line.substr(0, first_space);
    std::string_view target = line.substr(first_space + 1, last_space - first_space - 1);
    const std::string_view version = line.substr(last_space + 1);
    if (!is_token(method) || method.size() > limits::max_method_bytes) {
        fail(400, "request method is malformed");
        return false;
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        const bool http = version.starts_with("HTTP/");
        fail(http ? 505 : 400,
             http ? "only HTTP/1.0 and HTTP/1.1 are spoken here" : "request line is malformed");
        return false;
    }
    if (target.size() > limits::max_target_bytes) {
        fail(414, "request target is too long");
        return false;
    }
    // The absolute form, as proxies send it (RFC 9112, section 3.2.2), stands for its path.
    if (target.starts_with("http://")) {
        const auto path = target.find('/', 7);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    if (!target.starts_with('/') ||
        !std::all_of(target.begin(), target.end(), is_target_character)) {
        fail(400, "request target is malformed");
        return false;
    }
    method_ = method;
    target_ = target;
    http_1_0_ = version == "HTTP/1.0";
    return true;
}

bool RequestParser::parse_field(std::string_view line) {
    std::string_view name;
    std::string_view value;
    if (!split_field(line, name, value)) {
        fail(400, "request header is malformed");
        return false;
    }
    if (headers_.size() >= limits::max_header_count) {
        fail(431, "request has too many headers");
        return false;
    }
    headers_.add(std::string(name), std::string(value));
    return true;
}

void RequestParser::choose_framing() {
    keep_alive_ = http_1_0_ ? headers_.has_token("Connection", "keep-alive")
                            : !headers_.has_token("Connection", "close");
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    for (const auto& [name, value] : headers_) {
        hosts += equal_ignoring_case(name, "Host");
        lengths += equal_ignoring_case(name, "Content-Length");
        codings += equal_ignoring_case(name, "Transfer-Encoding");
    }
    if (hosts > 1 || (hosts == 0 && !http_1_0_)) {
        fail(400, "request needs one Host header");
        return;
    }
    if (const auto coding = headers_.find("Content-Encoding");
        coding && !equal_ignoring_case(*coding, "identity")) {
        fail(415, "compressed request bodies are not taken");
        return;
    }
    expectation_ = !http_1_0_ && headers_.has_token("Expect", "100-continue");
    if (const auto coding = headers_.find("Transfer-Encoding")) {
        if (lengths > 0 || http_1_0_) {
            fail(400, "request has both Content-Length and Transfer-Encoding");
        } else if (codings > 1 || !equal_ignoring_case(*coding, "chunked")) {
            fail(501, "the only transfer coding taken is chunked");
        } else {
            chunked_.emplace(limits::max_body_bytes);
            state_ = State::body;
        }
        return;
    }
    if (lengths > 1) {
        fail(400, "request has more than one Content-Length");
    } else if (lengths == 1) {
        choose_length(*headers_.find("Content-Length"));
    } else {
        state_ = State::complete;
    }
}

void RequestParser::choose_length(std::string_view text) {
    const char* const end = text.data() + text.size();
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    std::size_t length = 0;
    const auto [rest, error] = std::from_chars(text.data(), end, length);
    if (!digits) {
        fail(400, "Content-Length is malformed");
    } else if (error != std::errc() || length > limits::max_body_bytes) {
        fail(413,
             "request body is larger than " + std::to_string(limits::max_body_bytes) + " bytes");
    } else if (length == 0) {
        state_ = State::complete;
    } else {
        body_left_bytes_ = length;
        state_ = State::body;
    }
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
    if (!chunked_) {
        const std::size_t count = std::min(bytes.size(), body_left_bytes_);
        body_.append(bytes, 0, count);
        body_left_bytes_ -= count;
        if (body_left_bytes_ == 0) state_ = State::complete;
        return count;
    }
    const std::size_t taken = chunked_->feed(bytes, body_);
    if (chunked_->done()) {
        state_ = State::complete;
    } else if (chunked_->too_large()) {
        fail(413,
             "request body is larger than " + std::to_string(limits::max_body_bytes) + " bytes");
    } else if (chunked_->malformed()) {
        fail(400, "chunked request body is malformed");
    }
    return taken;
}

bool RequestParser::take_expectation() {
    return std::exchange(expectation_, false);
}

JSONRequest RequestParser::take() {
    JSONRequest request(std::move(method_), std::move(target_), std::move(body_),
                        std::move(headers_));
    state_ = State::head;
    head_ = std::string();
    skipped_bytes_ = 0;
    method_.clear();
    target_.clear();
    headers_ = Headers();
    body_.clear();
    http_1_0_ = false;
    keep_alive_ = true;
    expectation_ = false;
    body_left_bytes_ = 0;
    chunked_.reset();
    return request;
}

}  // namespace gavel
