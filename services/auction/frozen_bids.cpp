#include "services/auction/frozen_bids.h"

#include <iterator>
#include <utility>

#include "common/limits.h"

namespace gavel::auction {
namespace {

// The auction that is bid on; 0, which is no auction's id, when it is another command.
AuctionId bid_on(const Command& command) {
    if (const auto* bid = std::get_if<PlaceBid>(&command.action)) return bid->auction_id;
    if (const auto* bids = std::get_if<PlaceBids>(&command.action)) return bids->auction_id;
    return 0;
}

}  // namespace

FrozenBids::FrozenBids(Scheduler& scheduler, const AuctionBook& book, Submit submit)
    : scheduler_(scheduler), book_(book), submit_(std::move(submit)) {}

FrozenBids::~FrozenBids() {
    for (const auto& [id, group] : groups_) scheduler_.cancel(group.timer);
}

bool FrozenBids::keep_if_frozen(Command& command, Done& done) {
    const AuctionId id = bid_on(command);
    if (id == 0 || !book_.is_frozen(id)) return false;
    keep(std::move(command), std::move(done));
    return true;
}

void FrozenBids::keep(Command command, Done done) {
    if (count_ >= limits::max_frozen_bids) {
        done(Refusal::frozen, nullptr);
        return;
    }
    ++count_;
    const AuctionId id = bid_on(command);
    Group& group = groups_[id];
    const std::int64_t give_up_us = scheduler_.now_us() + limits::frozen_bid_wait_ms * 1000;
    group.bids.push_back({std::move(command), std::move(done), give_up_us});
    if (group.bids.size() == 1) set_timer(id, group);
}

void FrozenBids::set_timer(AuctionId id, Group& group) {
    group.timer = scheduler_.call_at(group.bids.front().give_up_us, [this, id] { give_up(id); });
}

void FrozenBids::give_up(AuctionId id) {
    const auto found = groups_.find(id);
    if (found == groups_.end()) return;
    std::deque<Kept> late;
    auto& bids = found->second.bids;
    while (!bids.empty() && bids.front().give_up_us <= scheduler_.now_us()) {
        late.push_back(std::move(bids.front()));
        bids.pop_front();
    }
    count_ -= late.size();
    if (bids.empty()) {
        groups_.erase(found);
    } else {
        set_timer(id, found->second);
    }
    for (const auto& bid : late) bid.done(Refusal::frozen, nullptr);
}

void FrozenBids::look() {
    std::deque<Kept> thawed;
    for (auto group = groups_.begin(); group != groups_.end();) {
        const auto next = std::next(group);
        if (!book_.is_frozen(group->first)) take_out(group, thawed);
        group = next;
    }
    for (auto& bid : thawed) submit_(std::move(bid.command), std::move(bid.done));
}

void FrozenBids::refuse_all(Refusal refusal) {
    std::deque<Kept> all;
    while (!groups_.empty()) take_out(groups_.begin(), all);
    for (const auto& bid : all) bid.done(refusal, nullptr);
}

void FrozenBids::take_out(std::map<AuctionId, Group>::iterator group, std::deque<Kept>& bids) {
    scheduler_.cancel(group->second.timer);
    count_ -= group->second.bids.size();
    for (auto& bid : group->second.bids) bids.push_back(std::move(bid));
    groups_.erase(group);
}

}  // namespace gavel::auction
