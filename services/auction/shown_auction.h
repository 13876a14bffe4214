#pragma once

#include <cstdint>

#include "common/contract/auction_document.h"
#include "services/auction/auction.h"

// An auction of the book in the form of the wire, piece by piece as the book changes or all at
// once. Nothing secret goes in.
namespace gavel::auction {

// As it was created.
contract::AuctionDocument shown_at_first(const Auction& auction);
// Takes in the entry of the list of bids with this number, from 0; the ones before are in already.
void show_bid(contract::AuctionDocument& document, const Auction& auction,
              std::uint32_t bid_number);
void show_status(contract::AuctionDocument& document, const Auction& auction);

// As it is now.
contract::AuctionDocument shown(const Auction& auction);

// What an entry of the list of bids says beside who and how much. REQUIRES: it has proceedings.
contract::AuctionDocument::RuledBid public_bid(const Auction& auction, std::uint32_t bid_number);

}  // namespace gavel::auction
