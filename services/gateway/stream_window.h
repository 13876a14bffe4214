#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "common/contract/auction_document.h"
#include "common/feed/feed_event.h"
#include "services/gateway/stream_position.h"

namespace gavel::gateway {

// The newest events of the stream, numbered without gaps by a serial that only this gateway
// knows; a subscriber is a serial into it. An event keeps which version of its auction it showed,
// not the text: the text is made when somebody wants it. Not thread-safe.
class StreamWindow {
  public:
    // Adds what one change tells: the auction's new state, then the history event.
    void add(const FeedEvent& event, const contract::AuctionDocument& auction);
    void clear();

    // The serials that are there: [first, end).
    std::uint64_t first() const { return first_; }
    std::uint64_t end() const { return first_ + items_.size(); }

    // The serial of the first event after this position. Nothing when that event, or one after
    // it, has already left the window.
    std::optional<std::uint64_t> after(StreamPosition position) const;

    // The last event's notices, as the stream sends them; they go before it.
    // REQUIRES: there is an event
    void attach_notices(std::string frames);

    // Appends the event as the stream sends it: id, event, data; a `lean` one shows its auction
    // without the bids.
    void append_frame(std::string& out, std::uint64_t serial, const std::string& log_id,
                      bool lean = false, bool notices = false) const;
    // It tells what its auction was; else it is a history event.
    bool is_state(std::uint64_t serial) const { return !at(serial).change; }
    std::uint64_t auction_id(std::uint64_t serial) const { return at(serial).auction->id(); }

    // About how much text the events from this serial on are.
    std::uint64_t bytes_since(std::uint64_t serial) const;

    // The newest history events, oldest first, with commas between; only those of one auction
    // when there is an `auction_id`.
    std::string recent_history(std::size_t max_events,
                               const std::optional<std::uint64_t>& auction_id) const;

  private:
    struct Item {
        StreamPosition position;
        const contract::AuctionDocument* auction = nullptr;
        contract::AuctionDocument::Version version;  // the auction after the change
        std::optional<FeedEvent::Type> change;       // of a history event; nothing: the auction's
        std::int64_t time_us = 0;                    // of a history event
        std::uint64_t bytes_before = 0;              // text of all events before it
        // Of a history event that the auction alone does not tell; null for all others.
        std::shared_ptr<const std::string> payload = nullptr;
        std::shared_ptr<const std::string> notices = nullptr;  // of a history event; null: none
    };

    void push(Item item, std::size_t size_bytes);
    static void append_history(std::string& out, const Item& item);

    const Item& at(std::uint64_t serial) const {
        return items_.at(static_cast<std::size_t>(serial - first_));
    }

    std::deque<Item> items_;
    std::uint64_t first_ = 0;
    std::uint64_t total_bytes_ = 0;
    StreamPosition dropped_through_;  // the position of the last item that left
};

}  // namespace gavel::gateway
