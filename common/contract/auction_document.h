#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/contract/auction_status.h"
#include "common/money/money.h"

namespace gavel::contract {

// One auction in the form that the wire wants it, its bids kept serialized: an answer with n bids
// copies one stretch of text and encodes nothing. Since bids are only appended, what the auction
// looked like after its nth bid can be rendered at any later time.
// Not thread-safe: belongs to one loop.
class AuctionDocument {
  public:
    // The auction as it was after `bid_count` bids.
    struct Version {
        std::uint32_t bid_count = 0;
        AuctionStatus status = AuctionStatus::open;
    };

    AuctionDocument(std::uint64_t id, const std::string& name,
                    const std::optional<std::string>& description, Money starting_bid,
                    std::int64_t duration_seconds, std::int64_t closing_time_us);

    void add_bid(const std::string& bidder, Money amount, std::int64_t time_us);
    void set_status(AuctionStatus status) { status_ = status; }

    std::uint64_t id() const { return id_; }
    const std::string& name() const { return name_; }
    const std::optional<std::string>& description() const { return description_; }
    Money starting_bid() const { return starting_bid_; }
    std::int64_t duration_seconds() const { return duration_seconds_; }
    std::int64_t closing_time_us() const { return closing_time_us_; }
    AuctionStatus status() const { return status_; }

    Version current() const { return {static_cast<std::uint32_t>(bids_.size()), status_}; }
    // After that many bids.
    Money price(std::uint32_t bid_count) const;
    // A JSON string with its quotes; "\"\"" when there was no bid.
    std::string_view highest_bidder_json(std::uint32_t bid_count) const;

    // Appends the auction object; when `lean`, with the number of its bids as `bid_count` in the
    // place of `bids`.
    void append_json(std::string& out, Version version, bool lean = false) const;
    // How long that text is, but for a few dozen bytes.
    std::size_t size_bytes(Version version, bool lean = false) const;

  private:
    struct BidMark {
        Money amount;
        std::uint32_t bidder_bytes = 0;  // of its JSON string
        std::size_t start = 0;           // of its object in bids_text_
        std::size_t end = 0;
    };

    std::uint64_t id_;
    std::string name_;
    std::optional<std::string> description_;
    Money starting_bid_;
    std::int64_t duration_seconds_;
    std::int64_t closing_time_us_;
    AuctionStatus status_ = AuctionStatus::open;
    std::string head_;       // from `{"id"` to the value of starting_bid
    std::string bids_text_;  // the objects, with commas between
    std::vector<BidMark> bids_;
};

}  // namespace gavel::contract
