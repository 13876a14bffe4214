#pragma once

#include <cstdint>

namespace gavel::contract {

enum class AuctionStatus : std::uint8_t {
    open,
    closed,  // by hand
    ended,   // its time was over
};

// As the wire names them: "OPEN", "CLOSED", "ENDED".
constexpr const char* to_string(AuctionStatus status) {
    switch (status) {
        case AuctionStatus::open: return "OPEN";
        case AuctionStatus::closed: return "CLOSED";
        case AuctionStatus::ended: break;
    }
    return "ENDED";
}

// What clients are told of it, and why a bid was refused.
constexpr const char* reason_of(AuctionStatus status) {
    switch (status) {
        case AuctionStatus::open: return "Open for bids";
        case AuctionStatus::closed: return "Closed manually";
        case AuctionStatus::ended: break;
    }
    return "Bid time ended";
}

}  // namespace gavel::contract
