#include "common/feed/notice_rules.h"

#include <algorithm>

#include "common/feed/event_status.h"

namespace gavel {
namespace {

Notice notice_of(const FeedEvent& event, Notice::Kind kind, std::string recipient) {
    Notice notice;
    notice.kind = kind;
    notice.index = event.index;
    notice.n = event.n;
    notice.auction_id = event.auction_id;
    notice.time_us = event.time_us;
    notice.recipient = std::move(recipient);
    notice.amount = event.amount;
    if (is_end(event)) notice.reason = reason_of(status_after(event.type, event.closing));
    if (event.type == FeedEvent::Type::extended) notice.closing_time_us = event.closing_time_us;
    return notice;
}

void tell_the_end(const FeedEvent& end, const std::vector<std::string>& bidders,
                  std::vector<Notice>& notices) {
    const std::string& winner = end.bidder;
    notices.push_back(
        notice_of(end, winner.empty() ? Notice::Kind::unsold : Notice::Kind::won, winner));
    for (const auto& bidder : bidders) {
        if (bidder != winner) notices.push_back(notice_of(end, Notice::Kind::lost, bidder));
    }
}

}  // namespace

std::vector<Notice> notices_of(std::span<const FeedEvent> events, AuctionStanding& standing,
                               const BiddersOf& bidders) {
    std::vector<Notice> notices;
    std::vector<std::string> led;  // for a moment at least
    if (!standing.leader.empty()) led.push_back(standing.leader);
    const FeedEvent* last_bid = nullptr;
    bool over = false;
    for (const auto& event : events) {
        if (event.type == FeedEvent::Type::bid) {
            last_bid = &event;
            standing.leader = event.bidder;
            if (std::find(led.begin(), led.end(), event.bidder) == led.end()) {
                led.push_back(event.bidder);
            }
        } else if (event.type == FeedEvent::Type::retracted) {
            standing.leader = event.bidder;
        } else if (event.type == FeedEvent::Type::extended) {
            notices.push_back(notice_of(event, Notice::Kind::extended, ""));
        } else if (is_end(event)) {
            over = true;
            tell_the_end(event, bidders(), notices);
        }
    }
    if (last_bid == nullptr || over) return notices;
    for (const auto& bidder : led) {
        if (bidder == standing.leader) continue;
        notices.push_back(notice_of(*last_bid, Notice::Kind::outbid, bidder));
    }
    return notices;
}

}  // namespace gavel
