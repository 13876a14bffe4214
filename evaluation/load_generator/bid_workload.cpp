#include "evaluation/load_generator/bid_workload.h"

#include <cassert>
#include <utility>

#include "evaluation/load_generator/request_text.h"

namespace gavel::evaluation {

BidWorkload::BidWorkload(std::string_view authority, std::vector<std::string> ids,
                         const Options& options)
    : options_(options), authority_(authority), ids_(std::move(ids)), auctions_(options.auctions) {
    assert(options.auctions > 0 && ids_.size() >= options.auctions);
    for (auto& auction : auctions_) replace(auction);
}

bool BidWorkload::replace(Auction& auction) {
    if (ids_used_ == ids_.size()) return false;
    auction.head = post_head("/api/auctions/" + ids_[ids_used_++] + "/bid", authority_,
                             options_.lean ? "Prefer: return=minimal\r\n" : "");
    auction.next_amount = options_.first_amount;
    auction.bids = 0;
    return true;
}

// Spread evenly: with a share of a quarter it is every fourth.
bool BidWorkload::next_is_hopeless() {
    hopeless_due_ += options_.hopeless;
    if (hopeless_due_ < 1) return false;
    hopeless_due_ -= 1;
    return true;
}

std::optional<Workload::Request> BidWorkload::next() {
    Auction& auction = auctions_[turn_];
    turn_ = (turn_ + 1) % auctions_.size();
    if (options_.fresh_after > 0 && auction.bids == options_.fresh_after && !replace(auction)) {
        return std::nullopt;
    }
    const std::uint64_t bidder = options_.bidders == 0 ? sent_ : sent_ % options_.bidders;
    ++sent_;
    ++auction.bids;
    body_ = R"({"bidder":")";
    body_ += options_.bidder_prefix;
    body_ += std::to_string(bidder);
    body_ += R"(","amount":)";
    body_ += std::to_string(next_is_hopeless() ? 1 : auction.next_amount++);
    body_ += '}';
    request_ = auction.head;
    append_body(request_, body_);
    return Request{request_, bidder, 0};
}

}  // namespace gavel::evaluation
