#include "services/gateway/stream_window.h"

#include <algorithm>
#include <vector>

#include "common/json/json_text.h"
#include "common/limits.h"

namespace gavel::gateway {

std::string history_json(const FeedEvent& event) {
    std::string json = R"({"auction_id":")" + std::to_string(event.auction_id);
    json += R"(","event_type":")";
    json += to_string(event.type);
    json += R"(","payload":)";
    append_json_string(json, history_payload(event));
    json += R"(,"timestamp":)";
    append_json_seconds(json, event.time_us);
    json += '}';
    return json;
}

void StreamWindow::add(const FeedEvent& event, const contract::AuctionDocument& auction) {
    const auto version = auction.current();
    items_.push_back({{event.index, event.n - 1}, &auction, version, {}, total_bytes_});
    total_bytes_ += auction.size_bytes(version);
    std::string history = history_json(event);
    const std::size_t history_bytes = history.size();
    items_.push_back({{event.index, event.n}, &auction, {}, std::move(history), total_bytes_});
    total_bytes_ += history_bytes;
    while (items_.size() > limits::stream_window_events) {
        dropped_through_ = items_.front().position;
        items_.pop_front();
        ++first_;
    }
}

void StreamWindow::clear() {
    // Serials go on, so that no subscriber's serial comes to mean another event.
    first_ = end();
    items_.clear();
    dropped_through_ = {};
}

std::optional<std::uint64_t> StreamWindow::after(StreamPosition position) const {
    if (position < dropped_through_) return std::nullopt;
    const auto next = std::upper_bound(
        items_.begin(), items_.end(), position,
        [](const StreamPosition& wanted, const Item& item) { return wanted < item.position; });
    return first_ + static_cast<std::uint64_t>(next - items_.begin());
}

void StreamWindow::append_frame(std::string& out, std::uint64_t serial,
                                const std::string& log_id) const {
    const Item& item = at(serial);
    out += "id: " + event_id(log_id, item.position.index, item.position.n);
    if (item.history_json.empty()) {
        out += "\nevent: auction\ndata: ";
        item.auction->append_json(out, item.version);
    } else {
        out += "\nevent: history\ndata: ";
        out += item.history_json;
    }
    out += "\n\n";
}

std::uint64_t StreamWindow::bytes_since(std::uint64_t serial) const {
    return serial == end() ? 0 : total_bytes_ - at(serial).bytes_before;
}

std::string StreamWindow::recent_history(std::size_t max_events,
                                         const std::optional<std::uint64_t>& auction_id) const {
    std::vector<const std::string*> newest_first;
    for (auto item = items_.rbegin(); item != items_.rend() && newest_first.size() < max_events;
         ++item) {
        const bool wanted = !auction_id || item->auction->id() == *auction_id;
        if (wanted && !item->history_json.empty()) newest_first.push_back(&item->history_json);
    }
    std::string json;
    for (auto history = newest_first.rbegin(); history != newest_first.rend(); ++history) {
        if (!json.empty()) json += ',';
        json += **history;
    }
    return json;
}

}  // namespace gavel::gateway
