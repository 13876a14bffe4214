#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/load_generator/workload.h"

namespace gavel::evaluation {

// Bids on auctions in turn, each higher than all that were sent to its auction before. Between two
// bids on an auction lie those on all others, so that a later bid rarely overtakes an earlier one;
// where it does, the earlier is too low when it arrives, and is refused by the auction's own rule.
class BidWorkload : public Workload {
  public:
    struct Options {
        std::size_t auctions = 50;  // at a time
        bool lean = false;          // ask for answers without the auction's bids
        double hopeless = 0;        // share of bids that repeat the starting price
        // An auction that has been sent so many bids is replaced by a fresh one; 0: none is.
        std::uint64_t fresh_after = 0;
        std::string bidder_prefix = "bidder";
        std::size_t bidders = 1000;  // names in use; 0: each bid has a name of its own
        std::uint64_t first_amount = 2;
    };

    // `ids` are of auctions that start at 1; those beyond options.auctions are the fresh ones.
    // REQUIRES: ids.size() >= options.auctions > 0
    BidWorkload(std::string_view authority, std::vector<std::string> ids, const Options& options);

    // Nothing when a fresh auction is wanted and there is none.
    std::optional<Request> next() override;

    // The number in the name of the bidder of the next bid.
    std::uint64_t next_bid() const { return sent_; }

  private:
    struct Auction {
        std::string head;
        std::uint64_t next_amount = 0;
        std::uint64_t bids = 0;
    };

    bool replace(Auction& auction);
    bool next_is_hopeless();

    Options options_;
    std::string authority_;
    std::vector<std::string> ids_;
    std::size_t ids_used_ = 0;
    std::vector<Auction> auctions_;
    std::size_t turn_ = 0;
    std::uint64_t sent_ = 0;
    double hopeless_due_ = 0;
    std::string request_;
    std::string body_;
};

}  // namespace gavel::evaluation
