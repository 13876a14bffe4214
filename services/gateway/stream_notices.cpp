#include "services/gateway/stream_notices.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "common/feed/notice_rules.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

std::string decoded(std::string_view json_string) {
    return nlohmann::json::parse(json_string).get<std::string>();
}

// Who made the latest bids, each once, the latest first. Bounded, since all subscribers get it.
std::vector<std::string> latest_bidders(const contract::AuctionDocument& auction) {
    std::vector<std::string> names;
    std::unordered_set<std::string_view> seen{"\"\""};  // after a retraction: nobody leads
    const std::uint32_t bids = auction.current().bid_count;
    const std::uint32_t oldest = bids - std::min(bids, limits::max_bids_searched_for_losers);
    for (std::uint32_t after = bids; after > oldest; --after) {
        const std::string_view bidder = auction.highest_bidder_json(after);
        if (!seen.insert(bidder).second) continue;
        names.push_back(decoded(bidder));
        if (names.size() == limits::max_streamed_losers) break;
    }
    return names;
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
        leader_before_ =
            decoded(auction.highest_bidder_json(adds_to_the_bids(event) ? bids - 1 : bids));
    }
    entry_.push_back(event);
    if (is_end(event)) bidders_ = latest_bidders(auction);
    return frames;
}

std::string StreamNotices::finish(const std::string& log_id) {
    std::string frames;
    if (entry_.empty()) return frames;
    AuctionStanding standing{leader_before_};
    for (const auto& notice : notices_of(entry_, standing, [this] { return bidders_; })) {
        frames += "event: notice\ndata: {\"event_id\":\"" +
                  event_id(log_id, notice.index, notice.n) + "\",";
        append_members(frames, notice);
        frames += "}\n\n";
    }
    clear();
    return frames;
}

void StreamNotices::clear() {
    entry_.clear();
    bidders_.clear();
}

}  // namespace gavel::gateway
