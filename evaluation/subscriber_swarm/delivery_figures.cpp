#include "evaluation/subscriber_swarm/delivery_figures.h"

#include <algorithm>

#include "evaluation/load_generator/load_figures.h"

namespace gavel::evaluation {

void DeliveryFigures::sent(std::uint64_t bid, std::int64_t due_ns) {
    if (bid >= bids_.size()) bids_.resize(bid + 1);
    bids_[bid].due_ns = due_ns;
}

void DeliveryFigures::answered(std::uint64_t number, int status, std::int64_t at_ns) {
    Bid& bid = bids_.at(number);
    bid.answered_ns = at_ns;
    answers_.record(at_ns - bid.due_ns);
    for (; bid.before_answer > 0; --bid.before_answer) after_answered_.record(0);
    switch (outcome_of(status)) {
        case Outcome::accepted:
            bid.accepted = true;
            ++accepted_;
            if (bid.first_ns == 0) ++untold_;
            break;
        case Outcome::refused: ++refused_; break;
        case Outcome::failed: ++failed_; break;
    }
}

void DeliveryFigures::delivered(const EventLog::Event& event, std::int64_t at_ns) {
    ++deliveries_;
    if (!event.bid || *event.bid >= bids_.size()) return;
    Bid& bid = bids_[*event.bid];
    if (bid.due_ns == 0) return;
    if (bid.first_ns == 0) {
        bid.first_ns = at_ns;
        if (bid.accepted) --untold_;
    }
    bid.last_ns = std::max(bid.last_ns, at_ns);
    after_sent_.record(at_ns - bid.due_ns);
    if (bid.answered_ns == 0) {
        ++bid.before_answer;
    } else {
        after_answered_.record(at_ns - bid.answered_ns);
    }
}

nlohmann::ordered_json DeliveryFigures::json() const {
    LatencyHistogram first;
    LatencyHistogram last;
    LatencyHistogram last_after_answered;
    for (const Bid& bid : bids_) {
        if (bid.first_ns == 0) continue;
        first.record(bid.first_ns - bid.due_ns);
        last.record(bid.last_ns - bid.due_ns);
        if (bid.answered_ns != 0) last_after_answered.record(bid.last_ns - bid.answered_ns);
    }
    return {{"bids",
             {{"sent", bids_.size()},
              {"accepted", accepted_},
              {"refused", refused_},
              {"failed", failed_},
              {"accepted_without_event", untold_},
              {"answer_latency", answers_.json()}}},
            {"delivery_after_sent", after_sent_.json()},
            {"delivery_after_answered", after_answered_.json()},
            {"first_after_sent", first.json()},
            {"last_after_sent", last.json()},
            {"last_after_answered", last_after_answered.json()}};
}

}  // namespace gavel::evaluation
