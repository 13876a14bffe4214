#include "services/gateway/event_hub.h"

#include <algorithm>
#include <vector>

#include "common/limits.h"

namespace gavel::gateway {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr std::int64_t ping_check_ms = 500;
// Sent once to each subscriber: how long a browser waits before it comes back. A little different
// for each, so that not all of them come in the same moment after a restart.
constexpr int retry_ms = 1'000;
constexpr std::uint64_t retry_jitter_ms = 500;

const std::shared_ptr<const std::string>& ping_text() {
    static const auto text = std::make_shared<const std::string>("event: ping\ndata: {}\n\n");
    return text;
}

}  // namespace

EventHub::EventHub(Scheduler& scheduler, AuctionsView& view) : scheduler_(scheduler), view_(view) {
    view_.listen(this);
    ping_timer_ = scheduler_.call_after_ms(ping_check_ms, [this] { ping_silent(); });
}

EventHub::~EventHub() {
    *alive_ = false;
    view_.listen(nullptr);
    scheduler_.cancel(ping_timer_);
}

bool EventHub::full() const {
    return subscribers_.size() >= limits::max_subscribers;
}

EventHub::Counters EventHub::counters() const {
    return {subscribers_.size(), delivered_bytes_, disconnected_slow_};
}

void EventHub::subscribe(std::shared_ptr<StreamSink> sink, Subscription subscription) {
    const std::uint64_t number = ++last_subscriber_;
    auto& subscriber = *subscribers_.emplace(number, std::make_unique<Subscriber>()).first->second;
    subscriber.sink = std::move(sink);
    subscriber.auction_id = subscription.auction_id;
    place(subscriber, subscription);
    subscriber.sink->on_close([this, alive = alive_, number] {
        if (*alive) subscribers_.erase(number);
    });
    subscriber.sink->on_drain([this, alive = alive_, number] {
        if (*alive) pump(number);
    });
    const auto retry = retry_ms + number * 7919 % retry_jitter_ms;
    send(subscriber,
         std::make_shared<const std::string>("retry: " + std::to_string(retry) + "\n\n"));
    pump(number);
}

// Where the subscriber goes on: behind what it has seen, or with a snapshot.
void EventHub::place(Subscriber& subscriber, const Subscription& subscription) {
    subscriber.next_serial = window_.end();
    subscriber.wants_snapshot = true;
    const auto& last = subscription.last_event;
    if (!last || last->log_id != view_.log_id()) return;
    if (last->position.index > view_.index()) {
        // Another gateway is a little ahead of this one: what it told is not told again.
        const bool a_little = last->position.index - view_.index() < limits::stream_window_events;
        if (!a_little) return;
        subscriber.ahead_of_us = last->position;
        subscriber.wants_snapshot = false;
        return;
    }
    // A gap that is longer than a snapshot is not worth filling.
    const auto serial = window_.after(last->position);
    if (serial && window_.bytes_since(*serial) <= limits::snapshot_bytes) {
        subscriber.next_serial = *serial;
        subscriber.wants_snapshot = false;
    }
}

void EventHub::on_event(const FeedEvent& event, const contract::AuctionDocument& auction) {
    window_.add(event, auction);
}

void EventHub::on_page_end() {
    if (!view_.caught_up()) return;
    std::vector<std::uint64_t> numbers;
    numbers.reserve(subscribers_.size());
    for (const auto& [number, subscriber] : subscribers_) numbers.push_back(number);
    for (const auto number : numbers) pump(number);
}

void EventHub::on_restart() {
    window_.clear();
    snapshot_ = nullptr;
    chunk_ = nullptr;
    for (const auto& [number, subscriber] : subscribers_) {
        subscriber->wants_snapshot = true;
        subscriber->ahead_of_us.reset();
    }
}

void EventHub::pump(std::uint64_t number) {
    // Looked up each time: a write may find that the reader has gone, which forgets it.
    for (;;) {
        const auto found = subscribers_.find(number);
        if (found == subscribers_.end() || !pump_once(*found->second)) return;
    }
}

bool EventHub::pump_once(Subscriber& subscriber) {
    if (!view_.caught_up()) return false;
    if (!subscriber.wants_snapshot && subscriber.next_serial < window_.first()) {
        ++disconnected_slow_;
        const auto sink = subscriber.sink;  // closing forgets the subscriber
        sink->close(true);
        return false;
    }
    if (subscriber.sink->queued_bytes() > 0) return false;
    if (subscriber.wants_snapshot) {
        subscriber.wants_snapshot = false;
        subscriber.next_serial = window_.end();
        send(subscriber, snapshot_for(subscriber));
        return true;
    }
    if (subscriber.ahead_of_us) {
        subscriber.next_serial = window_.after(*subscriber.ahead_of_us).value_or(window_.end());
        if (view_.index() >= subscriber.ahead_of_us->index) subscriber.ahead_of_us.reset();
    }
    if (subscriber.next_serial >= window_.end()) return false;
    const Text frames =
        subscriber.auction_id ? filtered_frames(subscriber) : frames_from(subscriber.next_serial);
    if (frames == nullptr) return false;
    send(subscriber, frames);
    return true;
}

void EventHub::send(Subscriber& subscriber, Text text) {
    subscriber.last_sent_us = scheduler_.now_us();
    delivered_bytes_ += text->size();
    const auto sink = subscriber.sink;  // the write may forget the subscriber
    sink->write(std::move(text));
}

EventHub::Text EventHub::frames_from(std::uint64_t& serial) {
    const bool cached = chunk_ != nullptr && chunk_from_ == serial &&
                        (chunk_to_ == window_.end() || chunk_->size() >= chunk_bytes);
    if (!cached) {
        std::string text;
        chunk_from_ = serial;
        chunk_to_ = serial;
        while (chunk_to_ < window_.end() && text.size() < chunk_bytes) {
            window_.append_frame(text, chunk_to_++, view_.log_id());
        }
        chunk_ = std::make_shared<const std::string>(std::move(text));
    }
    serial = chunk_to_;
    return chunk_;
}

EventHub::Text EventHub::filtered_frames(Subscriber& subscriber) {
    std::string text;
    while (subscriber.next_serial < window_.end() && text.size() < chunk_bytes) {
        const std::uint64_t serial = subscriber.next_serial++;
        if (window_.auction_id(serial) != *subscriber.auction_id) continue;
        window_.append_frame(text, serial, view_.log_id());
    }
    return text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text));
}

EventHub::Text EventHub::snapshot_for(const Subscriber& subscriber) {
    if (subscriber.auction_id) {
        return std::make_shared<const std::string>(make_snapshot(subscriber.auction_id));
    }
    if (snapshot_ == nullptr || snapshot_index_ != view_.index()) {
        snapshot_ = std::make_shared<const std::string>(make_snapshot(std::nullopt));
        snapshot_index_ = view_.index();
    }
    return snapshot_;
}

std::string EventHub::make_snapshot(const std::optional<std::uint64_t>& auction_id) const {
    // The newest auctions, as many as fit; then told in order of creation.
    std::vector<const contract::AuctionDocument*> shown;
    bool truncated = false;
    if (auction_id) {
        if (const auto* auction = view_.find(*auction_id)) shown.push_back(auction);
    } else {
        std::size_t bytes = 0;
        const auto& all = view_.auctions();
        for (auto auction = all.rbegin(); auction != all.rend(); ++auction) {
            bytes += (*auction)->size_bytes((*auction)->current());
            const bool fits = shown.size() < limits::snapshot_auctions &&
                              (bytes <= limits::snapshot_bytes || shown.empty());
            if (!fits) {
                truncated = true;
                break;
            }
            shown.push_back(*auction);
        }
        std::reverse(shown.begin(), shown.end());
    }
    const bool at_event = view_.last_event_index() == view_.index();
    std::string text =
        "id: " + event_id(view_.log_id(), view_.index(), at_event ? view_.last_event_n() : 0);
    text += "\nevent: snapshot\ndata: {\"auctions\":[";
    for (const auto* auction : shown) {
        if (text.back() != '[') text += ',';
        auction->append_json(text, auction->current());
    }
    text += R"(],"events":[)";
    text += window_.recent_history(limits::snapshot_events, auction_id);
    text += truncated ? R"(],"truncated":true})" : "]}";
    text += "\n\n";
    return text;
}

void EventHub::ping_silent() {
    const std::int64_t silent_since_us = scheduler_.now_us() - limits::stream_ping_ms * 1000;
    std::vector<std::uint64_t> silent;
    for (const auto& [number, subscriber] : subscribers_) {
        if (subscriber->last_sent_us <= silent_since_us && subscriber->sink->queued_bytes() == 0) {
            silent.push_back(number);
        }
    }
    for (const auto number : silent) {
        const auto found = subscribers_.find(number);
        if (found != subscribers_.end()) send(*found->second, ping_text());
    }
    ping_timer_ = scheduler_.call_after_ms(ping_check_ms, [this] { ping_silent(); });
}

}  // namespace gavel::gateway
