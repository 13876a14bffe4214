#include "common/feed/feed_event.h"

#include "common/json/json_text.h"

namespace gavel {
const char* to_string(FeedEvent::Type type) {
    switch (type) {
        case FeedEvent::Type::created: return "created";
        case FeedEvent::Type::bid: return "bid";
        case FeedEvent::Type::closed: return "closed";
        case FeedEvent::Type::opened: return "opened";
        case FeedEvent::Type::extended: return "extended";
        case FeedEvent::Type::retracted: return "retracted";
        case FeedEvent::Type::ended: break;
    }
    return "ended";
}

namespace {

void append_object(std::string& out, std::string_view name, std::string_view members) {
    out += ",\"";
    out += name;
    out += "\":{";
    out += members;
    out += '}';
}

// What stands beside the fields of a plain auction's event.
void append_rules(std::string& out, const FeedEvent& event) {
    const bool created = event.type == FeedEvent::Type::created;
    if (!created && event.closing_time_us != 0) {
        out += R"(,"closing_time":)";
        append_json_seconds(out, event.closing_time_us);
    }
    if (event.scheduled) out += R"(,"scheduled":true)";
    if (event.automatic) out += R"(,"automatic":true)";
    if (event.closing == FeedEvent::Closing::bought) out += R"(,"closing":"bought")";
    if (event.closing == FeedEvent::Closing::cancelled) out += R"(,"closing":"cancelled")";
    if (!event.retracted_by.empty()) {
        out += R"(,"retracted_by":)";
        append_json_string(out, event.retracted_by);
    }
    if (!event.terms.empty()) append_object(out, "terms", event.terms);
    if (!event.moment.empty()) append_object(out, "moment", event.moment);
}

}  // namespace

std::string to_json_text(const FeedEvent& event) {
    std::string text;
    append_json(text, event);
    return text;
}

void append_json(std::string& text, const FeedEvent& event) {
    text.reserve(text.size() + 160);
    text += R"({"index":)";
    text += std::to_string(event.index);
    text += R"(,"n":)";
    text += std::to_string(event.n);
    text += R"(,"type":")";
    text += to_string(event.type);
    text += R"(","auction_id":)";
    text += std::to_string(event.auction_id);
    text += R"(,"timestamp":)";
    append_json_seconds(text, event.time_us);
    if (event.type == FeedEvent::Type::created) {
        text += R"(,"name":)";
        append_json_string(text, event.name);
        text += R"(,"description":)";
        if (event.description) {
            append_json_string(text, *event.description);
        } else {
            text += "null";
        }
        text += R"(,"starting_bid":)";
        append_json_money(text, event.starting_bid);
        text += R"(,"duration_seconds":)";
        text += std::to_string(event.duration_seconds);
        text += R"(,"closing_time":)";
        append_json_seconds(text, event.closing_time_us);
    } else {
        text += R"(,"bidder":)";
        append_json_string(text, event.bidder);
        text += R"(,"amount":)";
        append_json_money(text, event.amount);
    }
    append_rules(text, event);
    text += '}';
}

std::string history_payload(const FeedEvent& event) {
    switch (event.type) {
        case FeedEvent::Type::created: return event.name;
        case FeedEvent::Type::bid:
            return event.bidder + " bid $" +
                   format_decimal({event.amount.units, Money::Notation::decimal});
        case FeedEvent::Type::opened: return "";
        case FeedEvent::Type::extended: {
            std::string seconds;
            append_json_seconds(seconds, event.closing_time_us);
            return seconds;
        }
        case FeedEvent::Type::retracted:
            return event.retracted_by + " retracted, now $" +
                   format_decimal({event.amount.units, Money::Notation::decimal});
        case FeedEvent::Type::closed:
        case FeedEvent::Type::ended: break;
    }
    return event.bidder;
}

std::string event_id(const std::string& log_id, std::uint64_t index, std::uint32_t n) {
    return log_id + "-" + std::to_string(index) + "." + std::to_string(n);
}

}  // namespace gavel
