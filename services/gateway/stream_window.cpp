#include "services/gateway/stream_window.h"

#include <algorithm>
#include <vector>

#include "common/json/json_text.h"
#include "common/limits.h"

namespace gavel::gateway {

namespace {

constexpr std::size_t history_bytes = 128;  // about that of a history event

}  // namespace

void StreamWindow::add(const FeedEvent& event, const contract::AuctionDocument& auction) {
    const auto version = auction.current();
    push({{event.index, event.n - 1}, &auction, version, {}, 0, 0}, auction.size_bytes(version));
    Item change{{event.index, event.n}, &auction, version, event.type, event.time_us, 0};
    if (auction.has_rules() || event.closing != FeedEvent::Closing::by_hand) {
        change.payload = std::make_shared<const std::string>(history_payload(event));
    }
    push(std::move(change), history_bytes + event.name.size() + event.bidder.size());
}

void StreamWindow::attach_notices(std::string frames) {
    items_.back().notices = std::make_shared<const std::string>(std::move(frames));
}

void StreamWindow::push(Item item, std::size_t size_bytes) {
    item.bytes_before = total_bytes_;
    total_bytes_ += size_bytes;
    items_.push_back(std::move(item));
    if (items_.size() > limits::stream_window_events) {
        dropped_through_ = items_.front().position;
        items_.pop_front();
        ++first_;
    }
}

// The event as the history lists it, from what the auction was after it.
void StreamWindow::append_history(std::string& out, const Item& item) {
    out += R"({"auction_id":")" + std::to_string(item.auction->id());
    out += R"(","event_type":")";
    out += to_string(*item.change);
    out += R"(","payload":)";
    const std::uint32_t bids = item.version.bid_count;
    if (item.payload != nullptr) {
        append_json_string(out, *item.payload);
    } else if (*item.change == FeedEvent::Type::created) {
        append_json_string(out, item.auction->name());
    } else {
        out += item.auction->highest_bidder_json(bids);
    }
    if (*item.change == FeedEvent::Type::bid && item.payload == nullptr) {
        out.back() = ' ';  // the closing quote
        out += "bid $" + format_decimal(item.auction->price(bids)) + '"';
    }
    out += R"(,"timestamp":)";
    append_json_seconds(out, item.time_us);
    out += '}';
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

void StreamWindow::append_frame(std::string& out, std::uint64_t serial, const std::string& log_id,
                                bool lean, bool notices) const {
    const Item& item = at(serial);
    if (notices && item.notices != nullptr) out += *item.notices;
    out += "id: " + event_id(log_id, item.position.index, item.position.n);
    if (item.change) {
        out += "\nevent: history\ndata: ";
        append_history(out, item);
    } else {
        out += "\nevent: auction\ndata: ";
        item.auction->append_json(out, item.version, lean);
    }
    out += "\n\n";
}

std::uint64_t StreamWindow::bytes_since(std::uint64_t serial) const {
    return serial == end() ? 0 : total_bytes_ - at(serial).bytes_before;
}

std::string StreamWindow::recent_history(std::size_t max_events,
                                         const std::optional<std::uint64_t>& auction_id) const {
    std::vector<const Item*> newest_first;
    for (auto item = items_.rbegin(); item != items_.rend() && newest_first.size() < max_events;
         ++item) {
        const bool wanted = !auction_id || item->auction->id() == *auction_id;
        if (wanted && item->change) newest_first.push_back(&*item);
    }
    std::string json;
    for (auto item = newest_first.rbegin(); item != newest_first.rend(); ++item) {
        if (!json.empty()) json += ',';
        append_history(json, **item);
    }
    return json;
}

}  // namespace gavel::gateway
