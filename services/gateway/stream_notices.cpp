#include "services/gateway/stream_notices.h"

#include <nlohmann/json.hpp>

#include "common/feed/notice_rules.h"

namespace gavel::gateway {
namespace {

std::string leader_after(const contract::AuctionDocument& auction, std::uint32_t bid_count) {
    return nlohmann::json::parse(auction.highest_bidder_json(bid_count)).get<std::string>();
}

bool adds_to_the_bids(const FeedEvent& event) {
    return event.type == FeedEvent::Type::bid || event.type == FeedEvent::Type::retracted;
}

}  // namespace

std::string StreamNotices::add(const FeedEvent& event, const contract::AuctionDocument& auction,
                               const std::string& log_id) {
    std::string frames;
    const bool same_entry = !entry_.empty() && entry_.back().index == event.index &&
                            entry_.back().auction_id == event.auction_id;
    if (!same_entry) {
        frames = finish(log_id);
        const std::uint32_t bids = auction.current().bid_count;
        leader_before_ = leader_after(auction, adds_to_the_bids(event) ? bids - 1 : bids);
    }
    entry_.push_back(event);
    return frames;
}

std::string StreamNotices::finish(const std::string& log_id) {
    std::string frames;
    if (entry_.empty()) return frames;
    AuctionStanding standing{leader_before_};
    const auto nobody = [] { return std::vector<std::string>(); };
    for (const auto& notice : notices_of(entry_, standing, nobody)) {
        frames += "event: notice\ndata: {\"event_id\":\"" +
                  event_id(log_id, notice.index, notice.n) + "\",";
        append_members(frames, notice);
        frames += "}\n\n";
    }
    entry_.clear();
    return frames;
}

}  // namespace gavel::gateway
