#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluation/client/latency_histogram.h"
#include "evaluation/subscriber_swarm/event_log.h"

namespace gavel::evaluation {

// When bids were sent and answered, and when their events arrived. Bids are numbered from 0 on.
class DeliveryFigures {
  public:
    void sent(std::uint64_t bid, std::int64_t due_ns);
    void answered(std::uint64_t bid, int status, std::int64_t at_ns);
    void delivered(const EventLog::Event& event, std::int64_t at_ns);

    std::uint64_t deliveries() const { return deliveries_; }
    // Accepted bids of which no event has come to anybody.
    std::uint64_t untold() const { return untold_; }

    // Latencies of all deliveries, from when a bid was due and from when it was answered, and of
    // the first and the last delivery of each bid. One before the answer counts as 0 after it.
    nlohmann::ordered_json json() const;

  private:
    struct Bid {
        std::int64_t due_ns = 0;
        std::int64_t answered_ns = 0;  // 0: not yet
        std::int64_t first_ns = 0;
        std::int64_t last_ns = 0;
        std::uint64_t before_answer = 0;  // deliveries
        bool accepted = false;
    };

    std::vector<Bid> bids_;
    std::uint64_t deliveries_ = 0;
    std::uint64_t untold_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t failed_ = 0;
    LatencyHistogram after_sent_;
    LatencyHistogram after_answered_;
    LatencyHistogram answers_;
};

}  // namespace gavel::evaluation
