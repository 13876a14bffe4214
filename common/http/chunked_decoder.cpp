#include "common/http/chunked_decoder.h"

#include <algorithm>
#include <charconv>

#include "common/limits.h"

namespace gavel {

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& out) {
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ < State::done) {
        if (state_ == State::data) {
            const auto count = static_cast<std::size_t>(
                std::min<std::uint64_t>(chunk_left_bytes_, bytes.size() - taken));
            out.append(bytes, taken, count);
            taken += count;
            chunk_left_bytes_ -= count;
            if (chunk_left_bytes_ == 0) state_ = State::data_end;
            continue;
        }
        const char c = bytes[taken++];
        if (++overhead_bytes_ > max_body_bytes_ + limits::max_head_bytes ||
            line_.size() > limits::max_head_bytes) {
            state_ = State::too_large;
        } else if (c != '\n') {
            line_ += c;
        } else if (line_.empty() || line_.back() != '\r') {
            state_ = State::malformed;  // a bare LF
        } else {
            line_.pop_back();
            take_line();
            line_.clear();
        }
    }
    return taken;
}

void ChunkedDecoder::take_line() {
    switch (state_) {
        case State::size: {
            const std::string_view digits = std::string_view(line_).substr(0, line_.find(';'));
            std::string_view trimmed = digits;
            while (!trimmed.empty() && (trimmed.back() == ' ' || trimmed.back() == '\t')) {
                trimmed.remove_suffix(1);
            }
            const char* const end = trimmed.data() + trimmed.size();
            const auto [rest, error] = std::from_chars(trimmed.data(), end, chunk_left_bytes_, 16);
            if (error == std::errc::result_out_of_range) {
                state_ = State::too_large;
            } else if (error != std::errc() || rest != end) {
                state_ = State::malformed;
            } else if (chunk_left_bytes_ > max_body_bytes_ - body_bytes_) {
                state_ = State::too_large;
            } else {
                body_bytes_ += static_cast<std::size_t>(chunk_left_bytes_);
                state_ = chunk_left_bytes_ == 0 ? State::trailer : State::data;
            }
            return;
        }
        case State::data_end: state_ = line_.empty() ? State::size : State::malformed; return;
        case State::trailer:
            if (line_.empty()) state_ = State::done;
            return;
        default: return;
    }
}

}  // namespace gavel
