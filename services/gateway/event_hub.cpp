#include "services/gateway/event_hub.h"

#include <algorithm>
#include <iterator>

#include "services/gateway/stream_snapshot.h"

namespace gavel::gateway {
namespace {

constexpr std::int64_t ping_check_ms = 500;
// Written to before the loop has its turn again: less than a millisecond's work.
constexpr int subscribers_a_turn = 256;
// A round of many subscribers takes as much as their processors have. After it comes a pause of
// twice its time, so that bids and readers get theirs; what comes meanwhile goes with one send.
constexpr std::int64_t pauses_a_round = 2;
constexpr std::int64_t max_pause_us = 50'000;
// Sent once to each subscriber: how long a browser waits before it comes back. A little different
// for each, so that not all of them come in the same moment after a restart.
constexpr int retry_ms = 1'000;
constexpr std::uint64_t retry_jitter_ms = 500;

const std::shared_ptr<const std::string>& ping_text() {
    static const auto text = std::make_shared<const std::string>("event: ping\ndata: {}\n\n");
    return text;
}

}  // namespace

EventHub::EventHub(Scheduler& scheduler, AuctionsView& view, Options options)
    : scheduler_(scheduler), view_(view), options_(std::move(options)) {
    view_.listen(this);
    ping_timer_ = scheduler_.call_after_ms(ping_check_ms, [this] { ping_silent(); });
}

EventHub::~EventHub() {
    *alive_ = false;
    view_.listen(nullptr);
    scheduler_.cancel(ping_timer_);
    scheduler_.cancel(round_timer_);
}

EventHub::Counters EventHub::counters() const {
    Counters counters{subscribers_.size(), delivered_events_,  delivered_bytes_,
                      coalesced_,          disconnected_slow_, 0};
    for (const auto& subscriber : subscribers_) {
        counters.queued_bytes += subscriber.sink->queued_bytes();
    }
    return counters;
}

void EventHub::subscribe(std::shared_ptr<StreamSink> sink, const Subscription& subscription) {
    const auto subscriber = subscribers_.emplace(subscribers_.end());
    subscriber->sink = std::move(sink);
    subscriber->shape = subscription.shape;
    subscriber->round = round_;
    place(*subscriber, subscription);
    subscriber->sink->on_close([this, alive = alive_, subscriber] {
        if (*alive) forget(subscriber);
    });
    subscriber->sink->on_drain([this, alive = alive_, subscriber] {
        if (*alive) pump(subscriber);
    });
    const auto retry = retry_ms + ++last_subscriber_ * 7919 % retry_jitter_ms;
    ++in_use_;
    send(subscriber,
         std::make_shared<const std::string>("retry: " + std::to_string(retry) + "\n\n"));
    --in_use_;
    pump(subscriber);
}

// Where the subscriber goes on: behind what it has seen, or with a snapshot.
void EventHub::place(Subscriber& subscriber, const Subscription& subscription) {
    if (subscription.shape.notices && !notices_since_) notices_since_ = window_.end();
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
    // A gap that is longer than a snapshot is not worth filling. A lean one never is: states are
    // coalesced, and the history events of a whole window are shorter.
    const auto serial = window_.after(last->position);
    const bool has_notices = !subscription.shape.notices || (serial && *serial >= *notices_since_);
    const bool worth_it =
        serial && has_notices &&
        (subscriber.shape.lean || window_.bytes_since(*serial) <= limits::snapshot_bytes);
    if (worth_it) {
        subscriber.next_serial = *serial;
        subscriber.wants_snapshot = false;
    }
}

void EventHub::on_event(const FeedEvent& event, const contract::AuctionDocument& auction) {
    if (notices_since_) attach_notices(notices_.add(event, auction, view_.log_id()));
    window_.add(event, auction);
}

void EventHub::attach_notices(std::string frames) {
    if (!frames.empty()) window_.attach_notices(std::move(frames));
}

// Not at once: those who are answered about their bids in this turn of the loop come first.
void EventHub::on_page_end() {
    if (notices_since_) attach_notices(notices_.finish(view_.log_id()));
    if (!view_.caught_up()) return;
    if (std::exchange(in_round_, true)) {
        another_round_ = true;
    } else {
        begin_round_in_time();
    }
}

void EventHub::begin_round_in_time() {
    const auto begin = [this, alive = alive_] {
        if (*alive) begin_round();
    };
    if (scheduler_.now_us() >= next_round_us_) {
        scheduler_.post(begin);
    } else {
        round_timer_ = scheduler_.call_at(next_round_us_, begin);
    }
}

void EventHub::begin_round() {
    another_round_ = false;
    ++round_;
    round_began_us_ = scheduler_.now_us();
    turn_ = subscribers_.begin();
    continue_round();
}

void EventHub::continue_round() {
    if (turn_ == subscribers_.end()) {
        finish_round();
        return;
    }
    ++in_use_;
    for (int i = 0; i < subscribers_a_turn && turn_ != subscribers_.end(); ++i) {
        if (turn_->round == round_) {  // whoever was sent something went to the end
            turn_ = subscribers_.end();
            break;
        }
        const auto subscriber = turn_++;
        subscriber->round = round_;
        pump(subscriber);
    }
    --in_use_;
    if (in_use_ == 0) gone_.clear();
    // Behind what is sent at the end of this turn, which is most of a round's time.
    scheduler_.post([this, alive = alive_] {
        if (*alive) continue_round();
    });
}

void EventHub::finish_round() {
    const std::int64_t now_us = scheduler_.now_us();
    next_round_us_ = now_us + std::min(pauses_a_round * (now_us - round_began_us_), max_pause_us);
    in_round_ = another_round_;
    if (in_round_) begin_round_in_time();
}

void EventHub::on_restart() {
    notices_.clear();
    window_.clear();
    chunks_.clear();
    snapshots_ = {};
    for (auto& subscriber : subscribers_) {
        subscriber.wants_snapshot = true;
        subscriber.ahead_of_us.reset();
    }
}

void EventHub::pump(Subscribers::iterator subscriber) {
    ++in_use_;
    while (!subscriber->gone && pump_once(subscriber)) {
    }
    --in_use_;
    if (in_use_ == 0) gone_.clear();
}

bool EventHub::pump_once(Subscribers::iterator subscriber) {
    if (!view_.caught_up()) return false;
    if (!subscriber->wants_snapshot && subscriber->next_serial < window_.first()) {
        ++disconnected_slow_;
        subscriber->sink->close(true);
        return false;
    }
    if (subscriber->sink->queued_bytes() > 0) return false;
    if (subscriber->wants_snapshot) {
        subscriber->wants_snapshot = false;
        subscriber->next_serial = window_.end();
        ++delivered_events_;
        send(subscriber, snapshot_for(subscriber->shape));
        if (subscriber->gone) return false;
        send(subscriber, std::make_shared<const std::string>(snapshot_end(options_.unix_us())));
        return true;
    }
    if (subscriber->ahead_of_us) {
        subscriber->next_serial = window_.after(*subscriber->ahead_of_us).value_or(window_.end());
        if (view_.index() >= subscriber->ahead_of_us->index) subscriber->ahead_of_us.reset();
    }
    if (subscriber->next_serial >= window_.end()) return false;
    const auto& chunk = chunks_.from(subscriber->next_serial, subscriber->shape, view_.log_id());
    subscriber->next_serial = chunk.to;
    coalesced_ += chunk.coalesced;
    delivered_events_ += chunk.events;
    if (chunk.text != nullptr) send(subscriber, chunk.text);
    return true;
}

void EventHub::send(Subscribers::iterator subscriber, Text text) {
    subscriber->last_sent_us = scheduler_.now_us();
    delivered_bytes_ += text->size();
    if (turn_ == subscriber) ++turn_;
    subscribers_.splice(subscribers_.end(), subscribers_, subscriber);
    subscriber->sink->write(std::move(text));
}

void EventHub::forget(Subscribers::iterator subscriber) {
    subscriber->gone = true;
    if (turn_ == subscriber) ++turn_;
    gone_.splice(gone_.end(), subscribers_, subscriber);
    if (in_use_ == 0) gone_.clear();
}

EventHub::Text EventHub::snapshot_for(const StreamShape& shape) {
    if (shape.auction_id) {
        return std::make_shared<const std::string>(snapshot_frame(view_, window_, shape));
    }
    Snapshot& kept = snapshots_[shape.lean ? 1 : 0];
    if (kept.text == nullptr || kept.index != view_.index()) {
        kept = {std::make_shared<const std::string>(snapshot_frame(view_, window_, shape)),
                view_.index()};
    }
    return kept.text;
}

void EventHub::ping_silent() {
    const std::int64_t silent_since_us = scheduler_.now_us() - limits::stream_ping_ms * 1000;
    ++in_use_;
    for (auto subscriber = subscribers_.begin();
         subscriber != subscribers_.end() && subscriber->last_sent_us <= silent_since_us;) {
        const auto silent = subscriber++;
        if (silent->sink->queued_bytes() == 0) send(silent, ping_text());
    }
    --in_use_;
    gone_.clear();
    ping_timer_ = scheduler_.call_after_ms(ping_check_ms, [this] { ping_silent(); });
}

}  // namespace gavel::gateway
