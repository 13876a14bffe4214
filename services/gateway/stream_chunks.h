#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "services/gateway/stream_window.h"

namespace gavel::gateway {

// What of the stream a subscriber wants, and in which shape.
struct StreamShape {
    bool lean = false;                        // auctions without their bids
    std::optional<std::uint64_t> auction_id;  // only this auction's events
    bool notices = false;                     // and what people are told of

    bool operator==(const StreamShape&) const = default;
};

// The text of the window's events, made once for all subscribers that stand at the same place and
// want the same shape. Not thread-safe; borrows the window.
//
// In the full shape every event is told. In the lean one, of several states of one auction that
// wait together only the newest is told: who keeps up sees each, who is behind skips to what
// counts. History events are never left out.
class StreamChunks {
  public:
    struct Chunk {
        std::shared_ptr<const std::string> text;  // null: nothing for this shape up to `to`
        std::uint64_t from = 0;                   // serials of the window: [from, to)
        std::uint64_t to = 0;
        std::uint32_t events = 0;     // that are told
        std::uint32_t coalesced = 0;  // states that a newer one in the chunk stands for
    };

    explicit StreamChunks(const StreamWindow& window) : window_(window) {}

    // What comes from this serial on, as much as is sent at once. Valid until the next call.
    // REQUIRES: window.first() <= from < window.end()
    const Chunk& from(std::uint64_t from, const StreamShape& shape, const std::string& log_id);
    // The window was emptied.
    void clear() { kept_ = {}; }

  private:
    struct Kept {
        StreamShape shape;
        Chunk chunk;
        bool full = false;  // it ends where it does for its size, not for want of events
    };

    Kept make(std::uint64_t from, const StreamShape& shape, const std::string& log_id) const;

    const StreamWindow& window_;
    // The last one of each kind: full or lean, with notices or without, all auctions or one.
    std::array<Kept, 8> kept_;
};

}  // namespace gavel::gateway
