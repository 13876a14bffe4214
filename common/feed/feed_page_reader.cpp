// Reads a page of the feed in one pass over its text. A view takes in every event of the system,
// so no document is built in between.

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/feed/feed_event.h"
#include "common/json/json_scanner.h"

namespace gavel {
namespace {

enum class Field : std::uint8_t {
    log_id,
    index,
    head,
    events,  // of the page; `index` of an event, too
    n,
    type,
    auction_id,
    timestamp,
    name,
    description,
    starting_bid,
    duration_seconds,
    closing_time,
    bidder,
    amount,
    unknown,
};

constexpr std::array<std::string_view, 15> field_names{"log_id",
                                                       "index",
                                                       "head",
                                                       "events",
                                                       "n",
                                                       "type",
                                                       "auction_id",
                                                       "timestamp",
                                                       "name",
                                                       "description",
                                                       "starting_bid",
                                                       "duration_seconds",
                                                       "closing_time",
                                                       "bidder",
                                                       "amount"};

// Below it a double tells microseconds apart (2^33: the year 2242).
constexpr double max_time_seconds = 8'589'934'592.0;

[[noreturn]] void refuse(const std::string& what) {
    throw std::runtime_error("feed: not a page: " + what);
}

Field field_of(std::string_view name) {
    for (std::size_t i = 0; i < field_names.size(); ++i) {
        if (field_names[i] == name) return static_cast<Field>(i);
    }
    return Field::unknown;
}

constexpr std::uint32_t bit(Field field) {
    return 1U << static_cast<unsigned>(field);
}

constexpr std::uint32_t page_fields = bit(Field::log_id) | bit(Field::index) | bit(Field::events);
constexpr std::uint32_t event_fields = bit(Field::index) | bit(Field::n) | bit(Field::type) |
                                       bit(Field::auction_id) | bit(Field::timestamp);
constexpr std::uint32_t created_fields = event_fields | bit(Field::name) | bit(Field::description) |
                                         bit(Field::starting_bid) | bit(Field::duration_seconds) |
                                         bit(Field::closing_time);
constexpr std::uint32_t other_fields = event_fields | bit(Field::bidder) | bit(Field::amount);

FeedEvent::Type type_of(std::string_view name) {
    if (name == "bid") return FeedEvent::Type::bid;
    if (name == "created") return FeedEvent::Type::created;
    if (name == "closed") return FeedEvent::Type::closed;
    if (name == "ended") return FeedEvent::Type::ended;
    refuse("unknown event type " + std::string(name));
}

std::uint64_t read_unsigned(JSONScanner& in) {
    const auto value = in.number().as_unsigned();
    if (!value) refuse("a number is out of range");
    return *value;
}

std::uint32_t read_n(JSONScanner& in) {
    const auto value = read_unsigned(in);
    if (value > std::numeric_limits<std::uint32_t>::max()) refuse("n is too large");
    return static_cast<std::uint32_t>(value);
}

std::int64_t read_signed(JSONScanner& in) {
    const auto value = in.number().as_signed();
    if (!value) refuse("a number is out of range");
    return *value;
}

Money read_money(JSONScanner& in) {
    const auto number = in.number();
    const auto whole = number.as_signed();
    const auto reading = whole ? money_from_integer(*whole) : money_from_double(number.as_double());
    if (reading.error) refuse("an amount is out of range");
    return reading.money;
}

// Seconds and microseconds apart: beyond 2^32 seconds their product as one double is not exact.
std::int64_t read_time_us(JSONScanner& in) {
    const double time = in.number().as_double();
    if (!(std::fabs(time) < max_time_seconds)) refuse("a time is out of range");
    const double seconds = std::floor(time);
    return static_cast<std::int64_t>(seconds) * 1'000'000 + std::llround((time - seconds) * 1e6);
}

// False for a field that this version does not know: its value is still to be read over.
bool read_field(JSONScanner& in, Field field, FeedEvent& event) {
    switch (field) {
        case Field::index: event.index = read_unsigned(in); return true;
        case Field::n: event.n = read_n(in); return true;
        case Field::type: event.type = type_of(in.text()); return true;
        case Field::auction_id: event.auction_id = read_unsigned(in); return true;
        case Field::timestamp: event.time_us = read_time_us(in); return true;
        case Field::name: event.name = in.text(); return true;
        case Field::description:
            event.description.reset();
            if (!in.take_null()) event.description = in.text();
            return true;
        case Field::starting_bid: event.starting_bid = read_money(in); return true;
        case Field::duration_seconds: event.duration_seconds = read_signed(in); return true;
        case Field::closing_time: event.closing_time_us = read_time_us(in); return true;
        case Field::bidder: event.bidder = in.text(); return true;
        case Field::amount: event.amount = read_money(in); return true;
        default: return false;
    }
}

void read_event(JSONScanner& in, FeedEvent& event) {
    std::uint32_t seen = 0;
    in.enter_object();
    while (const auto name = in.next_name()) {
        const Field field = field_of(*name);
        if (read_field(in, field, event)) {
            seen |= bit(field);
        } else {
            in.skip_value();
        }
    }
    const std::uint32_t needed =
        event.type == FeedEvent::Type::created ? created_fields : other_fields;
    if ((seen & needed) != needed) refuse("an event lacks a field");
}

FeedPage read_page(JSONScanner& in) {
    FeedPage page;
    std::uint32_t seen = 0;
    in.enter_object();
    while (const auto name = in.next_name()) {
        const Field field = field_of(*name);
        seen |= bit(field);
        switch (field) {
            case Field::log_id: page.log_id = in.text(); break;
            case Field::index: page.index = read_unsigned(in); break;
            case Field::head: page.head = read_unsigned(in); break;
            case Field::events:
                in.enter_list();
                while (in.next_item()) read_event(in, page.events.emplace_back());
                break;
            default: in.skip_value();
        }
    }
    in.expect_end();
    if ((seen & page_fields) != page_fields) refuse("a field is missing");
    if ((seen & bit(Field::head)) == 0) page.head = page.index;
    return page;
}

}  // namespace

FeedPage parse_feed_page(const std::string& text) {
    JSONScanner in(text);
    try {
        return read_page(in);
    } catch (const MalformedJSON& error) {
        refuse(error.what());
    }
}

}  // namespace gavel
