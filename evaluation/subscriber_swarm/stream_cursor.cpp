#include "evaluation/subscriber_swarm/stream_cursor.h"

#include <algorithm>
#include <cstring>

namespace gavel::evaluation {

void StreamCursor::feed(std::string_view bytes, const Delivered& delivered) {
    while (!bytes.empty()) {
        if (partial_.empty()) {
            bytes.remove_prefix(follow_log(bytes, delivered));
            if (bytes.empty()) return;
            // Something else, or something new: from its beginning on it is read as a frame.
            if (matched_bytes_ > 0) {
                partial_ = log_.text_from(log_.at(next_).begin).substr(0, matched_bytes_);
                matched_bytes_ = 0;
            }
        }
        const std::size_t before = partial_.size();
        // Appended as far as the next frame's end may lie, not to copy what the log has.
        const auto end_in_bytes = bytes.find("\n\n");
        const bool split = before > 0 && partial_.back() == '\n' && bytes.front() == '\n';
        if (!split && end_in_bytes == std::string_view::npos) {
            partial_ += bytes;
            return;
        }
        const std::size_t taken = split ? 1 : end_in_bytes + 2;
        if (before == 0) {
            take_frame(bytes.substr(0, taken), delivered);
        } else {
            partial_ += bytes.substr(0, taken);
            take_frame(partial_, delivered);
            partial_.clear();
        }
        bytes.remove_prefix(taken);
    }
}

// As long as the bytes are those of the log; returns how many were.
std::size_t StreamCursor::follow_log(std::string_view bytes, const Delivered& delivered) {
    if (next_ >= log_.size()) return 0;
    const std::uint64_t from = log_.at(next_).begin + matched_bytes_;
    const std::string_view text = log_.text_from(from);
    std::size_t common = std::min(text.size(), bytes.size());
    if (std::memcmp(text.data(), bytes.data(), common) != 0) {
        const auto differ = std::mismatch(text.begin(), text.begin() + common, bytes.begin());
        common = static_cast<std::size_t>(differ.first - text.begin());
    }
    const std::uint64_t reached = from + common;
    while (next_ < log_.size() && log_.at(next_).end <= reached) delivered(next_++);
    matched_bytes_ =
        next_ < log_.size() ? static_cast<std::size_t>(reached - log_.at(next_).begin) : 0;
    return common;
}

void StreamCursor::take_frame(std::string_view frame, const Delivered& delivered) {
    if (EventLog::field_of(frame, "event") == "snapshot") {
        ++snapshots_;
        return;
    }
    const auto event = log_.find_or_add(frame);
    if (!event) return;
    if (*event < next_) {
        if (missing_.erase(*event) == 0) {
            ++doubled_;
            return;
        }
        ++late_;
    } else {
        for (; next_ < *event; ++next_) missing_.insert(missing_.end(), next_);
        ++next_;
    }
    delivered(*event);
}

}  // namespace gavel::evaluation
