#pragma once

#include <cstdint>

namespace gavel::contract {

enum class AuctionStatus : std::uint8_t {
    open,
    closed,  // by hand
    ended,   // its time was over

    // Of auctions with rules of their own alone.
    scheduled,  // it opens later
    bought,     // at its price, before its time was over
    cancelled,  // by an operator
};

// It takes no bid any more, and never will.
constexpr bool is_over(AuctionStatus status) {
    return status != AuctionStatus::open && status != AuctionStatus::scheduled;
}

// What it is to old clients, who know three.
constexpr AuctionStatus shown_as(AuctionStatus status) {
    switch (status) {
        case AuctionStatus::open:
        case AuctionStatus::scheduled: return AuctionStatus::open;
        case AuctionStatus::closed:
        case AuctionStatus::bought:
        case AuctionStatus::cancelled: return AuctionStatus::closed;
        case AuctionStatus::ended: break;
    }
    return AuctionStatus::ended;
}

// As the wire names them: "OPEN", "CLOSED", "ENDED".
constexpr const char* to_string(AuctionStatus status) {
    switch (shown_as(status)) {
        case AuctionStatus::open: return "OPEN";
        case AuctionStatus::closed: return "CLOSED";
        default: return "ENDED";
    }
}

// Each by a name of its own, as services tell it one another.
constexpr const char* name_of(AuctionStatus status) {
    switch (status) {
        case AuctionStatus::scheduled: return "SCHEDULED";
        case AuctionStatus::bought: return "BOUGHT";
        case AuctionStatus::cancelled: return "CANCELLED";
        case AuctionStatus::open:
        case AuctionStatus::closed:
        case AuctionStatus::ended: break;
    }
    return to_string(status);
}

// What new clients read beside it: "SCHEDULED", or the same.
constexpr const char* state_of(AuctionStatus status) {
    return status == AuctionStatus::scheduled ? "SCHEDULED" : to_string(status);
}

// What clients are told of it, and why a bid was refused.
constexpr const char* reason_of(AuctionStatus status) {
    switch (status) {
        case AuctionStatus::open: return "Open for bids";
        case AuctionStatus::closed: return "Closed manually";
        case AuctionStatus::scheduled: return "Not open yet";
        case AuctionStatus::bought: return "Sold";
        case AuctionStatus::cancelled: return "Cancelled";
        case AuctionStatus::ended: break;
    }
    return "Bid time ended";
}

}  // namespace gavel::contract
