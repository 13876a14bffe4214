#include "common/http/response_parser.h"

#include <algorithm>
#include <charconv>

#include "common/http/field_syntax.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

}  // namespace

std::size_t ResponseParser::feed(std::string_view bytes) {
    any_bytes_ = any_bytes_ || !bytes.empty();
    std::size_t taken = 0;
    // More than once when "100 Continue" and the like come before the answer itself.
    while (state_ == State::head && taken < bytes.size()) taken += feed_head(bytes.substr(taken));
    if (state_ == State::body) taken += feed_body(bytes.substr(taken));
    return taken;
}

std::size_t ResponseParser::feed_head(std::string_view bytes) {
    if (head_.empty()) {
        // Mostly a head comes in one piece, and need not be kept.
        const auto end = bytes.substr(0, limits::max_answer_head_bytes + 1).find(head_end);
        if (end != std::string_view::npos) {
            parse_head(bytes.substr(0, end + head_end.size()));
            return end + head_end.size();
        }
    }
    const std::size_t before = head_.size();
    head_.append(bytes.substr(0, limits::max_answer_head_bytes + 1));
    const auto end = head_.find(head_end, before < head_end.size() ? 0 : before - 3);
    if (end == std::string::npos) {
        if (head_.size() > limits::max_answer_head_bytes) state_ = State::failed;
        return head_.size() - before;
    }
    head_.resize(end + head_end.size());
    const std::size_t taken = head_.size() - before;
    const std::string head = std::exchange(head_, {});
    parse_head(head);
    return taken;
}

void ResponseParser::parse_head(std::string_view head) {
    std::string_view rest = head;
    auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const bool http_1_0 = line.starts_with("HTTP/1.0 ");
    if ((!http_1_0 && !line.starts_with("HTTP/1.1 ")) || line.size() < 12) {
        state_ = State::failed;
        return;
    }
    const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status_);
    if (error != std::errc() || end != line.data() + 12 || status_ < 100) {
        state_ = State::failed;
        return;
    }
    headers_ = {};
    while (!(line = rest.substr(0, rest.find("\r\n"))).empty()) {
        rest.remove_prefix(line.size() + 2);
        std::string_view name;
        std::string_view value;
        if (!split_field(line, name, value)) {
            state_ = State::failed;
            return;
        }
        headers_.add(std::string(name), std::string(value));
    }
    if (status_ < 200 && status_ != 101) {
        return;  // "100 Continue" and the like: the answer itself follows
    }
    choose_framing(http_1_0);
}

void ResponseParser::choose_framing(bool http_1_0) {
    keep_alive_ = http_1_0 ? headers_.has_token("Connection", "keep-alive")
                           : !headers_.has_token("Connection", "close");
    if (head_request_ || status_ == 204 || status_ == 304) {
        state_ = State::complete;
        return;
    }
    state_ = State::body;
    if (headers_.has_token("Transfer-Encoding", "chunked")) {
        chunked_.emplace(limits::max_answer_bytes);
        return;
    }
    const auto length = headers_.find("Content-Length");
    if (!length) {
        until_close_ = true;
        return;
    }
    const char* const end = length->data() + length->size();
    const auto [rest, error] = std::from_chars(length->data(), end, body_left_bytes_);
    if (error != std::errc() || rest != end || body_left_bytes_ > limits::max_answer_bytes) {
        state_ = State::failed;
    } else if (body_left_bytes_ == 0) {
        state_ = State::complete;
    }
}

std::size_t ResponseParser::feed_body(std::string_view bytes) {
    if (until_close_) {
        body_ += bytes;
        return bytes.size();
    }
    if (chunked_) {
        const std::size_t taken = chunked_->feed(bytes, body_);
        if (chunked_->done()) state_ = State::complete;
        if (chunked_->malformed() || chunked_->too_large()) state_ = State::failed;
        return taken;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_bytes_));
    body_.append(bytes, 0, count);
    body_left_bytes_ -= count;
    if (body_left_bytes_ == 0) state_ = State::complete;
    return count;
}

void ResponseParser::end_of_stream() {
    if (state_ == State::complete) return;
    state_ = state_ == State::body && until_close_ ? State::complete : State::failed;
}

}  // namespace gavel
