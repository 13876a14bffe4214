#include "evaluation/client/answer_reader.h"

#include <algorithm>
#include <charconv>

#include "common/http/field_syntax.h"
#include "common/http/headers.h"

namespace gavel::evaluation {

void AnswerReader::begin(std::size_t kept_body_bytes) {
    state_ = State::head;
    status_ = 0;
    kept_body_bytes_ = kept_body_bytes;
    body_left_bytes_ = 0;
    chunked_.reset();
    partial_head_.clear();
    body_.clear();
}

std::size_t AnswerReader::feed(std::string_view bytes) {
    std::size_t taken = 0;
    if (state_ == State::head) taken = feed_head(bytes);
    if (state_ == State::body) taken += feed_body(bytes.substr(taken));
    return taken;
}

std::size_t AnswerReader::feed_head(std::string_view bytes) {
    constexpr std::string_view mark = "\r\n\r\n";
    if (partial_head_.empty()) {
        // As good as always the whole head comes at once, and is read where it lies.
        const auto end = bytes.find(mark);
        if (end != std::string_view::npos) {
            read_head(bytes.substr(0, end + 2));
            return end + mark.size();
        }
    }
    const std::size_t before = partial_head_.size();
    partial_head_.append(bytes);
    const auto end = partial_head_.find(mark, before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
        if (partial_head_.size() > max_head_bytes) state_ = State::failed;
        return bytes.size();
    }
    read_head(std::string_view(partial_head_).substr(0, end + 2));
    return end + mark.size() - before;
}

void AnswerReader::read_head(std::string_view head) {
    state_ = State::failed;
    const bool http_1_1 = head.starts_with("HTTP/1.1 ");
    if ((!http_1_1 && !head.starts_with("HTTP/1.0 ")) || head.size() < 14) return;
    const char* const digits = head.data() + 9;
    if (std::from_chars(digits, digits + 3, status_).ptr != digits + 3) return;
    keep_alive_ = http_1_1;
    std::optional<std::size_t> length;
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = without_outer_blanks(line.substr(colon + 1));
        if (equal_ignoring_case(name, "Content-Length")) {
            std::size_t bytes = 0;
            const char* const value_end = value.data() + value.size();
            if (std::from_chars(value.data(), value_end, bytes).ptr != value_end) return;
            length = bytes;
        } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
            chunked_.emplace(max_body_bytes);
        } else if (equal_ignoring_case(name, "Connection")) {
            keep_alive_ = !equal_ignoring_case(value, "close");
        }
    }
    const bool no_content = status_ == 204 || status_ == 304;
    if (!chunked_ && !length && !no_content) return;  // its end would be the connection's
    body_left_bytes_ = no_content ? 0 : length.value_or(0);
    state_ = chunked_ || body_left_bytes_ > 0 ? State::body : State::complete;
}

std::size_t AnswerReader::feed_body(std::string_view bytes) {
    if (chunked_) {
        std::string decoded;
        const std::size_t taken = chunked_->feed(bytes, decoded);
        keep(decoded);
        if (chunked_->done()) state_ = State::complete;
        if (chunked_->malformed() || chunked_->too_large()) state_ = State::failed;
        return taken;
    }
    const std::size_t taken = std::min(bytes.size(), body_left_bytes_);
    keep(bytes.substr(0, taken));
    body_left_bytes_ -= taken;
    if (body_left_bytes_ == 0) state_ = State::complete;
    return taken;
}

void AnswerReader::keep(std::string_view bytes) {
    if (body_.size() < kept_body_bytes_)
        body_.append(bytes.substr(0, kept_body_bytes_ - body_.size()));
}

}  // namespace gavel::evaluation
