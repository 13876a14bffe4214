#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/http/response.h"
#include "common/runtime/scheduler.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/stream_position.h"
#include "services/gateway/stream_window.h"

namespace gavel::gateway {

// Sends the event stream to its subscribers: a snapshot first, or what a returning one has
// missed, then every change in order.
//
// A subscriber is a cursor into the shared window of events, not a queue of its own; the text of
// an event is made once and shared by all that stand at the same place. One that does not read
// keeps its place until the window has moved past it, and is then disconnected: its browser comes
// back with Last-Event-ID and gets a fresh snapshot. Loop thread only.
class EventHub : public AuctionsView::Listener {
  public:
    struct Subscription {
        std::optional<StreamEventId> last_event;  // what the subscriber has seen already
        std::optional<std::uint64_t> auction_id;  // only this auction's events
    };
    struct Counters {
        std::size_t subscribers = 0;
        std::uint64_t delivered_bytes = 0;
        std::uint64_t disconnected_slow = 0;
    };

    // Borrows both.
    EventHub(Scheduler& scheduler, AuctionsView& view);
    ~EventHub() override;
    EventHub(const EventHub&) = delete;
    EventHub& operator=(const EventHub&) = delete;

    bool full() const;
    // Serves the stream until either side closes it. REQUIRES: !full()
    void subscribe(std::shared_ptr<StreamSink> sink, Subscription subscription);
    Counters counters() const;

    void on_event(const FeedEvent& event, const contract::AuctionDocument& auction) override;
    void on_page_end() override;
    void on_restart() override;

  private:
    struct Subscriber {
        std::shared_ptr<StreamSink> sink;
        std::optional<std::uint64_t> auction_id;
        std::uint64_t next_serial = 0;
        // It has seen events up to here, which this gateway has yet to learn of.
        std::optional<StreamPosition> ahead_of_us;
        bool wants_snapshot = false;
        std::int64_t last_sent_us = 0;
    };
    using Text = std::shared_ptr<const std::string>;

    void place(Subscriber& subscriber, const Subscription& subscription);
    // Sends what the subscriber has not had, for as long as its reader takes it.
    void pump(std::uint64_t number);
    // Sends one piece; false when there is nothing to send, or the reader is behind.
    bool pump_once(Subscriber& subscriber);
    void send(Subscriber& subscriber, Text text);
    Text snapshot_for(const Subscriber& subscriber);
    std::string make_snapshot(const std::optional<std::uint64_t>& auction_id) const;
    // The frames from a serial on, up to chunk_bytes; moves the serial behind them.
    Text frames_from(std::uint64_t& serial);
    Text filtered_frames(Subscriber& subscriber);
    void ping_silent();

    Scheduler& scheduler_;
    AuctionsView& view_;
    StreamWindow window_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Subscriber>> subscribers_;
    std::uint64_t last_subscriber_ = 0;
    std::uint64_t delivered_bytes_ = 0;
    std::uint64_t disconnected_slow_ = 0;
    TimerId ping_timer_;

    // The texts that were made last: most subscribers want the same.
    Text snapshot_;
    std::uint64_t snapshot_index_ = 0;
    Text chunk_;
    std::uint64_t chunk_from_ = 0;
    std::uint64_t chunk_to_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
