#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "evaluation/subscriber_swarm/event_log.h"

namespace gavel::evaluation {

// How far one subscriber is in the common log of events, and what it missed or got twice. Fed with
// the bytes of its stream. Borrows the log.
class StreamCursor {
  public:
    using Delivered = std::function<void(std::size_t event)>;

    explicit StreamCursor(EventLog& log) : log_(log) {}

    // Calls `delivered` with the number of each event that these bytes complete, once an event.
    void feed(std::string_view bytes, const Delivered& delivered);

    std::uint64_t doubled() const { return doubled_; }  // came again
    std::uint64_t late() const { return late_; }        // came behind younger ones
    std::uint64_t snapshots() const { return snapshots_; }
    // Calls with each event of the log that has not come.
    template <class Visit>
    void for_each_missing(Visit visit) const {
        for (const std::size_t event : missing_) visit(event);
        for (std::size_t event = next_; event < log_.size(); ++event) visit(event);
    }

  private:
    std::size_t follow_log(std::string_view bytes, const Delivered& delivered);
    void take_frame(std::string_view frame, const Delivered& delivered);

    EventLog& log_;
    std::size_t next_ = 0;           // the event that should come
    std::size_t matched_bytes_ = 0;  // of its text
    std::string partial_;            // of a frame that is not like the log's
    std::set<std::size_t> missing_;  // events before next_
    std::uint64_t doubled_ = 0;
    std::uint64_t late_ = 0;
    std::uint64_t snapshots_ = 0;
};

}  // namespace gavel::evaluation
