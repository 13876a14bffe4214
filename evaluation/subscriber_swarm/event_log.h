#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gavel::evaluation {

// All events that anybody got, in the order of their first arrival, and their text. All subscribers
// should get the same bytes: so an event is parsed once, where it arrives first, and what the
// others get is compared with its text, which is cheap enough for millions of deliveries a second.
class EventLog {
  public:
    struct Event {
        std::optional<std::uint64_t> bid;  // the number of the bid that it tells of
        bool history = false;
        std::uint64_t begin = 0;  // of its text
        std::uint64_t end = 0;
    };

    // Names of bidders whose bids are numbered: this and the number.
    static constexpr std::string_view bidder_prefix = "swarm-";

    // The number of the event with the id of this frame, which is added when it is new. Nothing for
    // a frame without an id, such as a ping. A frame is some lines and the empty line behind them.
    std::optional<std::size_t> find_or_add(std::string_view frame);

    std::size_t size() const { return events_.size(); }
    const Event& at(std::size_t number) const { return events_[number]; }
    // The text from there to the end; empty when it is no longer kept.
    std::string_view text_from(std::uint64_t position) const;
    std::uint64_t end() const { return base_ + text_.size(); }

    // The value of the field (such as "id") in a frame; empty without one.
    static std::string_view field_of(std::string_view frame, std::string_view name);
    static std::optional<std::uint64_t> bid_of(std::string_view frame);

  private:
    void trim();

    std::deque<Event> events_;
    std::unordered_map<std::string, std::size_t> numbers_;  // by id
    std::string text_;
    std::uint64_t base_ = 0;  // position of the first byte of text_
};

}  // namespace gavel::evaluation
