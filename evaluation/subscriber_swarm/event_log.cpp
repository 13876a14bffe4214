#include "evaluation/subscriber_swarm/event_log.h"

#include <charconv>

namespace gavel::evaluation {
namespace {

constexpr std::size_t max_text_bytes = 256 * 1024 * 1024;

}  // namespace

std::string_view EventLog::field_of(std::string_view frame, std::string_view name) {
    while (!frame.empty()) {
        const auto end = frame.find('\n');
        std::string_view line = frame.substr(0, end);
        frame.remove_prefix(end == std::string_view::npos ? frame.size() : end + 1);
        if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != ':') {
            continue;
        }
        line.remove_prefix(name.size() + 1);
        if (line.starts_with(' ')) line.remove_prefix(1);
        return line;
    }
    return {};
}

// The first name in an auction is its highest bidder's, the only one in a history event the bid's.
std::optional<std::uint64_t> EventLog::bid_of(std::string_view frame) {
    const auto begin = frame.find(bidder_prefix);
    if (begin == std::string_view::npos) return std::nullopt;
    frame.remove_prefix(begin + bidder_prefix.size());
    std::uint64_t number = 0;
    const auto read = std::from_chars(frame.data(), frame.data() + frame.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    return number;
}

std::optional<std::size_t> EventLog::find_or_add(std::string_view frame) {
    const std::string_view id = field_of(frame, "id");
    if (id.empty()) return std::nullopt;
    const auto [entry, is_new] = numbers_.try_emplace(std::string(id), events_.size());
    if (is_new) {
        const std::uint64_t begin = end();
        text_ += frame;
        events_.push_back({bid_of(frame), field_of(frame, "event") == "history", begin, end()});
        trim();
    }
    return entry->second;
}

std::string_view EventLog::text_from(std::uint64_t position) const {
    if (position < base_) return {};
    return std::string_view(text_).substr(static_cast<std::size_t>(position - base_));
}

void EventLog::trim() {
    if (text_.size() <= max_text_bytes) return;
    base_ += text_.size() / 2;
    text_.erase(0, text_.size() / 2);
}

}  // namespace gavel::evaluation
