#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/money/money.h"

namespace gavel {

// What the auction service tells the world about one change, as it travels on its feed
// (`GET /feed`). Numbered by the index of the log entry that caused it and, within that entry, by
// `n`; the same log numbers the same event the same way everywhere.
struct FeedEvent {
    // The last three are told of auctions with rules of their own alone.
    enum class Type : std::uint8_t { created, bid, closed, ended, opened, extended, retracted };
    enum class Closing : std::uint8_t { by_hand, bought, cancelled };

    std::uint64_t index = 0;
    std::uint32_t n = 0;
    Type type = Type::created;
    std::uint64_t auction_id = 0;
    std::int64_t time_us = 0;  // Unix time, by the book's clock

    // created
    std::string name;
    std::optional<std::string> description;  // nothing: JSON null
    Money starting_bid;
    std::int64_t duration_seconds = 0;
    std::int64_t closing_time_us = 0;  // Unix time; 0: no end

    // bid: who and how much. Else who leads ("" when nobody does) and the price; closed and ended
    // name nobody when the auction has rules by which nobody has won.
    std::string bidder;
    Money amount;

    // What follows is told of auctions with rules of their own alone. Texts are the members of a
    // JSON object, which the auction shows as they are; they say nothing secret.
    bool scheduled = false;    // created: it opens later
    std::string terms;         // created: its rules; never "" for such an auction
    std::string moment;        // what the rules make of it from now on; "" when that is as before
    bool automatic = false;    // bid: made for the bidder, out of a maximum
    std::string retracted_by;  // retracted: who took bids back
    Closing closing = Closing::by_hand;  // closed
    // Beside created, closing_time_us stands in `bid`, `extended` and `retracted`.
    bool has_rules() const { return !terms.empty() || !moment.empty(); }
};

// A stretch of the feed: every event after the index that was asked for, up to `index`, which
// may lie beyond the last event, since not every entry has one.
struct FeedPage {
    std::string log_id;
    std::uint64_t index = 0;
    std::vector<FeedEvent> events;
    std::uint64_t head = 0;  // the end that the feed had when it gave the page
};

// The event as one JSON object.
std::string to_json_text(const FeedEvent& event);
void append_json(std::string& out, const FeedEvent& event);

// Throws std::runtime_error when the text is not a page.
FeedPage parse_feed_page(const std::string& text);

// "created", "bid", "closed", "ended", "opened", "extended", "retracted": also the type of the
// history event.
const char* to_string(FeedEvent::Type type);

// The payload of the history event: the name, `alice bid $60.0`, the highest bidder; of an
// extended auction when it ends, in Unix seconds; of a retraction who and the price after it.
std::string history_payload(const FeedEvent& event);

// "<log id>-<index>.<n>": names one event of one log, on the stream and in the history.
std::string event_id(const std::string& log_id, std::uint64_t index, std::uint32_t n);

}  // namespace gavel
