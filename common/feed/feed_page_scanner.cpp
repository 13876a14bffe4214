#include "common/feed/feed_page_scanner.h"

#include <string>

#include "common/json/json_scanner.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr int money_decimals = 4;
constexpr int time_decimals = 6;
// About the shortest event there is: how many a page holds at most.
constexpr std::size_t shortest_event_bytes = 90;

class Scanner : public JSONScanner {
  public:
    using JSONScanner::JSONScanner;

    bool money(Money& money) {
        bool has_point = false;
        if (!decimal(money_decimals, money.units, has_point)) return false;
        money.notation = has_point ? Money::Notation::decimal : Money::Notation::integer;
        return money.units > 0 && money.units <= limits::max_money_units;
    }

    bool time(std::int64_t& time_us) {
        bool has_point = false;
        return decimal(time_decimals, time_us, has_point) &&
               time_us < feed_time_limit_seconds * 1'000'000;
    }
};

bool scan_type(Scanner& in, FeedEvent::Type& type) {
    if (in.literal(R"("bid",)")) {
        type = FeedEvent::Type::bid;
    } else if (in.literal(R"("created",)")) {
        type = FeedEvent::Type::created;
    } else if (in.literal(R"("closed",)")) {
        type = FeedEvent::Type::closed;
    } else if (in.literal(R"("ended",)")) {
        type = FeedEvent::Type::ended;
    } else if (in.literal(R"("opened",)")) {
        type = FeedEvent::Type::opened;
    } else if (in.literal(R"("extended",)")) {
        type = FeedEvent::Type::extended;
    } else if (in.literal(R"("retracted",)")) {
        type = FeedEvent::Type::retracted;
    } else {
        return false;
    }
    return true;
}

// What an auction with rules of its own adds; nothing of it has to be there.
bool scan_rules(Scanner& in, FeedEvent& event) {
    if (in.literal("}")) return true;
    const bool created = event.type == FeedEvent::Type::created;
    if (!created && in.literal(R"(,"closing_time":)") && !in.time(event.closing_time_us)) {
        return false;
    }
    event.scheduled = in.literal(R"(,"scheduled":true)");
    event.automatic = in.literal(R"(,"automatic":true)");
    if (in.literal(R"(,"closing":"bought")")) event.closing = FeedEvent::Closing::bought;
    if (in.literal(R"(,"closing":"cancelled")")) event.closing = FeedEvent::Closing::cancelled;
    if (in.literal(R"(,"retracted_by":)") && !in.text(event.retracted_by)) return false;
    if (in.literal(R"(,"terms":)") && !in.members(event.terms)) return false;
    if (in.literal(R"(,"moment":)") && !in.members(event.moment)) return false;
    return in.literal("}");
}

bool scan_description(Scanner& in, FeedEvent& event) {
    if (in.literal("null")) return true;
    return in.text(event.description.emplace());
}

bool scan_created(Scanner& in, FeedEvent& event) {
    std::uint64_t duration_seconds = 0;
    const bool whole = in.literal(R"("name":)") && in.text(event.name) &&
                       in.literal(R"(,"description":)") && scan_description(in, event) &&
                       in.literal(R"(,"starting_bid":)") && in.money(event.starting_bid) &&
                       in.literal(R"(,"duration_seconds":)") && in.number(duration_seconds) &&
                       in.literal(R"(,"closing_time":)") && in.time(event.closing_time_us);
    event.duration_seconds = static_cast<std::int64_t>(duration_seconds);
    return whole;
}

bool scan_event(Scanner& in, FeedEvent& event) {
    std::uint64_t n = 0;
    const bool begins = in.literal(R"({"index":)") && in.number(event.index) &&
                        in.literal(R"(,"n":)") && in.number(n) && n <= 0xffff'ffffU &&
                        in.literal(R"(,"type":)") && scan_type(in, event.type) &&
                        in.literal(R"("auction_id":)") && in.number(event.auction_id) &&
                        in.literal(R"(,"timestamp":)") && in.time(event.time_us) && in.literal(",");
    if (!begins) return false;
    event.n = static_cast<std::uint32_t>(n);
    const bool told = event.type == FeedEvent::Type::created
                          ? scan_created(in, event)
                          : in.literal(R"("bidder":)") && in.text(event.bidder) &&
                                in.literal(R"(,"amount":)") && in.money(event.amount);
    return told && scan_rules(in, event);
}

}  // namespace

std::optional<FeedPage> scan_feed_page(std::string_view text) {
    Scanner in(text);
    FeedPage page;
    const bool begins = in.literal(R"({"log_id":)") && in.text(page.log_id) &&
                        in.literal(R"(,"index":)") && in.number(page.index) &&
                        in.literal(R"(,"head":)") && in.number(page.head) &&
                        in.literal(R"(,"events":[)");
    if (!begins) return std::nullopt;
    if (in.literal("]}")) return in.at_end() ? std::optional(std::move(page)) : std::nullopt;
    page.events.reserve(text.size() / shortest_event_bytes + 1);
    do {
        if (!scan_event(in, page.events.emplace_back())) return std::nullopt;
    } while (in.literal(","));
    if (!in.literal("]}") || !in.at_end()) return std::nullopt;
    return page;
}

}  // namespace gavel
