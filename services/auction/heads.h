#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/auction/auction.h"

// The heads of chains as they are published (PROOFS.md): JSON Lines, the first of which says what
// they are the heads of. The SHA-256 of such a text stands for all of the chains.
namespace gavel::auction {

// How far an auction's chain had come.
struct ChainHead {
    AuctionId auction_id = 0;
    std::uint32_t acts = 0;
    Digest hash{};  // of the last one's line
    bool operator==(const ChainHead&) const = default;
};

// Those of one UTC day: of the auctions to which something was done on it, at its end. One whose
// bids are hidden comes in on the day that ends it, since its head would tell whenever somebody
// bids.
struct HeadsOfDay {
    std::int64_t day = 0;          // utc_day_of()
    std::uint64_t index = 0;       // of the log: the last thing that was done on this day
    std::int64_t time_us = 0;      // when that was
    std::vector<ChainHead> heads;  // by auction id
    Digest before{};               // `sha256` of such a day before it; zeros: there was none
    Digest sha256{};               // of its text, which so stands for all days before it, too
    bool operator==(const HeadsOfDay&) const = default;
};

// Writes such a text piece by piece. Owns what it writes.
class HeadsWriter {
  public:
    // Those of all auctions at one moment.
    HeadsWriter(std::string_view log_id, std::uint64_t index, std::int64_t time_us,
                std::vector<ChainHead> heads);
    explicit HeadsWriter(const HeadsOfDay& day);

    bool finished() const { return next_ == heads_.size() && header_.empty(); }
    void append_piece(std::string& out);
    // All that is left.
    std::string rest();

  private:
    std::string header_;
    std::vector<ChainHead> heads_;
    std::size_t next_ = 0;
};

}  // namespace gavel::auction
