#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/append_only/append_list.h"
#include "common/append_only/append_text.h"
#include "common/contract/auction_status.h"
#include "common/money/money.h"

namespace gavel::contract {

// One auction in the form that the wire wants it, its bids kept serialized: an answer with n bids
// copies their text and encodes nothing. Since bids are only appended, what the auction
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

    // An auction with rules of its own shows more. Texts are members of a JSON object, shown as
    // they are: `terms` always, `moment` until the first bid.
    void add_rules(const std::string& terms, const std::string& moment);
    // A change in the list of bids of such an auction: a bid, or a retraction, which has the new
    // leader ("" when nobody leads) and the new price.
    struct RuledBid {
        bool automatic = false;            // made for the bidder, out of a maximum
        std::string retracted_by;          // "": nobody
        std::int64_t closing_time_us = 0;  // from now on
        std::string moment;                // shown from now on
    };
    // REQUIRES: has_rules()
    void add_ruled_bid(const std::string& bidder, Money amount, std::int64_t time_us,
                       const RuledBid& ruled);
    // Shown in the place of the moment once the auction is over. REQUIRES: has_rules()
    void set_result(const std::string& result) { rules_->result = result; }
    bool has_rules() const { return rules_ != nullptr; }
    // What the rules made of it after that many bids. REQUIRES: has_rules()
    std::string_view moment(std::uint32_t bid_count) const { return rules_->moment(bid_count); }

    void set_status(AuctionStatus status) { status_ = status; }

    std::uint64_t id() const { return id_; }
    const std::string& name() const { return name_; }
    const std::optional<std::string>& description() const { return description_; }
    Money starting_bid() const { return starting_bid_; }
    std::int64_t duration_seconds() const { return duration_seconds_; }
    // The latest one.
    std::int64_t closing_time_us() const { return closing_time_us(current().bid_count); }
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
        AppendText::Place start;         // of its object in bids_text_
        AppendText::Place end;
    };

    // What an auction with rules of its own has beside.
    struct Rules {
        struct Moment {
            std::int64_t closing_time_us = 0;
            AppendText::Place start;  // in `moments`
            AppendText::Place end;
        };
        std::string terms;
        AppendText moments;        // one after the other
        AppendList<Moment> after;  // that many bids
        std::string result;
        void add(const std::string& moment, std::int64_t closing_time_us);
        std::string_view moment(std::uint32_t bid_count) const;
    };

    // The bid's object is left open, for what else there is to say of it.
    BidMark begin_bid(const std::string& bidder, Money amount, std::int64_t time_us);
    void finish_bid(BidMark mark);
    std::int64_t closing_time_us(std::uint32_t bid_count) const;
    void append_rules(std::string& out, Version version) const;

    std::uint64_t id_;
    std::string name_;
    std::optional<std::string> description_;
    Money starting_bid_;
    std::int64_t duration_seconds_;
    std::int64_t closing_time_us_;
    AuctionStatus status_ = AuctionStatus::open;
    std::string head_;      // from `{"id"` to the value of starting_bid
    AppendText bids_text_;  // the objects, with commas between
    AppendList<BidMark> bids_;
    std::unique_ptr<Rules> rules_;  // null: it has none
};

}  // namespace gavel::contract
