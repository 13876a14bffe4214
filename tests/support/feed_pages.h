#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/feed/feed_event.h"

namespace gavel::testing {

// Events and pages of a feed, short to write.

inline FeedEvent created(std::uint64_t index, std::uint64_t auction_id, std::string name,
                         std::int64_t starting_bid) {
    FeedEvent event;
    event.index = index;
    event.type = FeedEvent::Type::created;
    event.auction_id = auction_id;
    event.time_us = static_cast<std::int64_t>(index) * 1'000'000;
    event.name = std::move(name);
    event.starting_bid.units = starting_bid * Money::units_per_whole;
    return event;
}

inline FeedEvent of_bidder(FeedEvent::Type type, std::uint64_t index, std::uint64_t auction_id,
                           std::string bidder, std::int64_t amount) {
    FeedEvent event;
    event.index = index;
    event.type = type;
    event.auction_id = auction_id;
    event.time_us = static_cast<std::int64_t>(index) * 1'000'000;
    event.bidder = std::move(bidder);
    event.amount.units = amount * Money::units_per_whole;
    return event;
}

inline FeedEvent bid(std::uint64_t index, std::uint64_t auction_id, std::string bidder,
                     std::int64_t amount) {
    return of_bidder(FeedEvent::Type::bid, index, auction_id, std::move(bidder), amount);
}

inline FeedEvent closed(std::uint64_t index, std::uint64_t auction_id, std::string bidder,
                        std::int64_t amount) {
    return of_bidder(FeedEvent::Type::closed, index, auction_id, std::move(bidder), amount);
}

inline FeedEvent ended(std::uint64_t index, std::uint64_t auction_id, std::string bidder,
                       std::int64_t amount) {
    return of_bidder(FeedEvent::Type::ended, index, auction_id, std::move(bidder), amount);
}

inline FeedPage page(std::string log_id, std::uint64_t index, std::vector<FeedEvent> events) {
    return {std::move(log_id), index, std::move(events)};
}

// The page as the auction service answers it.
inline std::string to_json_text(const FeedPage& page) {
    std::string text = R"({"log_id":")" + page.log_id + R"(","index":)" +
                       std::to_string(page.index) + R"(,"events":[)";
    for (const auto& event : page.events) {
        if (text.back() != '[') text += ',';
        text += gavel::to_json_text(event);
    }
    return text + "]}";
}

}  // namespace gavel::testing
