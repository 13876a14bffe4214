#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/feed/feed_follower.h"
#include "common/money/money.h"

namespace gavel::bidding {

// What is known to be committed about one auction.
struct BoardEntry {
    enum class Status : std::uint8_t { open, closed, ended };
    std::int64_t price_units = 0;  // a bid must be above it; 0 where that cannot be said
    Status status = Status::open;
    bool has_rules = false;  // of its own: the price may fall, and there is no price here
};

// The prices that bids are screened against, kept up to date from the feed, in memory. May lag
// behind, which is harmless: prices only rise, and what is closed or ended stays so. Holds the
// newest auctions (limits::max_screened_auctions). Loop thread only.
class PriceBoard : public FeedView {
  public:
    std::string log_id() const override { return log_id_; }
    std::uint64_t index() const override { return index_; }
    void apply(const FeedPage& page, std::function<void(bool)> done) override;
    void restart(const std::string& log_id) override;

    // What is committed and not in the feed yet; the feed will say the same.
    void learn_created(std::uint64_t auction_id, Money starting_bid, bool has_rules = false);
    void learn_closed(std::uint64_t auction_id);

    // Nothing when the auction is not known here; it may exist all the same.
    std::optional<BoardEntry> find(std::uint64_t auction_id) const;

  private:
    void apply(const FeedEvent& event);
    void drop_oldest();

    std::string log_id_;
    std::uint64_t index_ = 0;
    std::map<std::uint64_t, BoardEntry> entries_;  // ids rise, so the first is about the oldest
};

}  // namespace gavel::bidding
