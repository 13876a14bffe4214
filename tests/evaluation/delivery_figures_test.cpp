#include "evaluation/subscriber_swarm/delivery_figures.h"

#include <doctest/doctest.h>

namespace gavel::evaluation {
namespace {

EventLog::Event event_of(std::uint64_t bid) {
    EventLog::Event event;
    event.bid = bid;
    return event;
}

TEST_CASE("Deliveries count from when the bid was due, and from when it was answered") {
    DeliveryFigures figures;
    figures.sent(0, 10'000);
    figures.answered(0, 200, 14'000);
    figures.delivered(event_of(0), 15'000);
    figures.delivered(event_of(0), 18'000);
    const auto told = figures.json();
    CHECK(told["delivery_after_sent"]["count"] == 2);
    CHECK(told["first_after_sent"]["max_us"] == 5);
    CHECK(told["last_after_sent"]["max_us"] == 8);
    CHECK(told["delivery_after_answered"]["max_us"] == 4);
    CHECK(told["last_after_answered"]["max_us"] == 4);
}

TEST_CASE("A delivery before the answer is no time after it") {
    DeliveryFigures figures;
    figures.sent(0, 10'000);
    figures.delivered(event_of(0), 11'000);
    figures.delivered(event_of(0), 12'000);
    figures.answered(0, 200, 20'000);
    const auto told = figures.json();
    CHECK(told["delivery_after_answered"]["count"] == 2);
    CHECK(told["delivery_after_answered"]["max_us"] == 0);
    CHECK(told["last_after_sent"]["max_us"] == 2);
}

TEST_CASE("An accepted bid of which nobody was told is untold, until somebody is") {
    DeliveryFigures figures;
    figures.sent(0, 1);
    figures.sent(1, 2);
    figures.sent(2, 3);
    figures.answered(0, 200, 10);
    figures.answered(1, 409, 10);  // refused: there is nothing to tell
    CHECK(figures.untold() == 1);
    figures.delivered(event_of(0), 11);
    figures.delivered(event_of(0), 12);
    CHECK(figures.untold() == 0);
    figures.delivered(event_of(2), 13);
    figures.answered(2, 200, 14);
    CHECK(figures.untold() == 0);
    const auto bids = figures.json()["bids"];
    CHECK(bids["sent"] == 3);
    CHECK(bids["accepted"] == 2);
    CHECK(bids["refused"] == 1);
}

TEST_CASE("Events of no bid of this run are deliveries without a latency") {
    DeliveryFigures figures;
    figures.delivered({}, 5);
    figures.delivered(event_of(77), 5);
    CHECK(figures.deliveries() == 2);
    CHECK(figures.json()["delivery_after_sent"]["count"] == 0);
}

}  // namespace
}  // namespace gavel::evaluation
