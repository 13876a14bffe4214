#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/append_only/append_list.h"
#include "common/contract/auction_status.h"
#include "common/money/money.h"
#include "services/auction/boxed.h"
#include "services/auction/journal.h"
#include "services/auction/proceedings.h"

namespace gavel::auction {

using AuctionId = std::uint64_t;

using contract::AuctionStatus;

struct Bid {
    std::string bidder;
    Money amount;
    std::int64_t time_us = 0;  // Unix time, by the book's clock
    bool operator==(const Bid&) const = default;
};

// One auction as the book holds it. Accepted bids are only ever appended, each above the one
// before (but where Proceedings says otherwise), so the first n of them are what the auction looked
// like after its nth bid.
struct Auction {
    AuctionId id = 0;
    std::string name;
    std::optional<std::string> description;  // nothing: JSON null
    Money starting_bid;
    std::int64_t duration_seconds = 0;
    std::int64_t closing_time_us = 0;  // Unix time; 0: it does not end by itself
    AuctionStatus status = AuctionStatus::open;
    AppendList<Bid> bids;
    // Null when it is a plain auction, with no rules of its own. Most are, so it costs them little.
    Boxed<Proceedings> proceedings;
    Journal journal;

    Money current_bid() const { return bids.empty() ? starting_bid : bids.back().amount; }
    std::string highest_bidder() const { return bids.empty() ? "" : bids.back().bidder; }
    bool operator==(const Auction&) const = default;
};

}  // namespace gavel::auction
