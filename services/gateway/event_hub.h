#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "common/clock/clock.h"
#include "common/http/response.h"
#include "common/limits.h"
#include "common/runtime/scheduler.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/stream_chunks.h"
#include "services/gateway/stream_notices.h"
#include "services/gateway/stream_position.h"
#include "services/gateway/stream_window.h"

namespace gavel::gateway {

// Sends the event stream to its subscribers: a snapshot first, or what a returning one has
// missed, then every change in order.
//
// A subscriber is a cursor into the shared window of events, not a queue of its own; the text of
// an event is made once and shared by all that stand at the same place. One that does not read
// keeps its place until the window has moved past it, and is then disconnected: its browser comes
// back with Last-Event-ID and gets a fresh snapshot.
//
// News go out in rounds, some subscribers a turn of the loop, so that bids do not wait until ten
// thousand subscribers were written to, and a pause follows that is as long as the round was, twice
// over; what comes meanwhile goes with the next round.
// Loop thread only.
class EventHub : public AuctionsView::Listener {
  public:
    struct Options {
        std::size_t max_subscribers = limits::max_subscribers;
        std::function<std::int64_t()> unix_us = wall_clock_us;  // told with snapshots
    };
    struct Subscription {
        std::optional<StreamEventId> last_event;  // what the subscriber has seen already
        StreamShape shape;
    };
    struct Counters {
        std::size_t subscribers = 0;
        std::uint64_t delivered_events = 0;  // to each subscriber, snapshots included
        std::uint64_t delivered_bytes = 0;
        std::uint64_t coalesced = 0;  // states that a newer one stood for
        std::uint64_t disconnected_slow = 0;
        std::size_t queued_bytes = 0;  // not yet taken by those who are behind
    };

    // Borrows both.
    EventHub(Scheduler& scheduler, AuctionsView& view) : EventHub(scheduler, view, Options()) {}
    EventHub(Scheduler& scheduler, AuctionsView& view, Options options);
    ~EventHub() override;
    EventHub(const EventHub&) = delete;
    EventHub& operator=(const EventHub&) = delete;

    bool full() const { return subscribers_.size() >= options_.max_subscribers; }
    std::size_t max_subscribers() const { return options_.max_subscribers; }
    // Serves the stream until either side closes it. REQUIRES: !full()
    void subscribe(std::shared_ptr<StreamSink> sink, const Subscription& subscription);
    Counters counters() const;

    void on_event(const FeedEvent& event, const contract::AuctionDocument& auction) override;
    void on_page_end() override;
    void on_restart() override;

  private:
    struct Subscriber {
        std::shared_ptr<StreamSink> sink;
        StreamShape shape;
        std::uint64_t next_serial = 0;
        // It has seen events up to here, which this gateway has yet to learn of.
        std::optional<StreamPosition> ahead_of_us;
        std::int64_t last_sent_us = 0;
        std::uint64_t round = 0;  // the last one that it had its turn in
        bool wants_snapshot = false;
        bool gone = false;
    };
    using Subscribers = std::list<Subscriber>;
    using Text = std::shared_ptr<const std::string>;
    struct Snapshot {
        Text text;  // null: none was made
        std::uint64_t index = 0;
    };

    void attach_notices(std::string frames);
    void place(Subscriber& subscriber, const Subscription& subscription);
    void begin_round_in_time();
    void begin_round();
    void continue_round();
    void finish_round();
    // Sends what the subscriber has not had, for as long as its reader takes it.
    void pump(Subscribers::iterator subscriber);
    // Sends one piece; false when there is nothing to send, or the reader is behind.
    bool pump_once(Subscribers::iterator subscriber);
    void send(Subscribers::iterator subscriber, Text text);
    void forget(Subscribers::iterator subscriber);
    Text snapshot_for(const StreamShape& shape);
    void ping_silent();

    Scheduler& scheduler_;
    AuctionsView& view_;
    const Options options_;
    StreamWindow window_;
    StreamChunks chunks_{window_};
    StreamNotices notices_;
    // From this serial on notices are made; nothing until somebody wants them.
    std::optional<std::uint64_t> notices_since_;

    // In the order of when they were last sent something, so that those who have been silent for
    // too long stand in front: since all wait the same time for a ping, this is a timer wheel
    // with one slot.
    Subscribers subscribers_;
    Subscribers gone_;  // kept until nobody uses them any more
    int in_use_ = 0;    // calls on the stack that hold on to a subscriber
    std::uint64_t round_ = 0;
    Subscribers::iterator turn_ = subscribers_.end();  // who is next in this round
    bool in_round_ = false;                            // or about to be
    std::int64_t round_began_us_ = 0;
    std::int64_t next_round_us_ = 0;
    TimerId round_timer_;
    bool another_round_ = false;
    std::uint64_t last_subscriber_ = 0;

    std::uint64_t delivered_events_ = 0;
    std::uint64_t delivered_bytes_ = 0;
    std::uint64_t coalesced_ = 0;
    std::uint64_t disconnected_slow_ = 0;
    TimerId ping_timer_;

    // The full and the lean one that were made last: most subscribers want the same.
    std::array<Snapshot, 2> snapshots_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
