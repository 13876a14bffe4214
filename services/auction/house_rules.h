#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/auction/auction.h"
#include "services/auction/outcome.h"
#include "services/auction/rules/auction_result.h"

namespace gavel::auction {

// The rules of one auction that has some of its own, at one moment: decides what is asked of it,
// and changes its list of bids, its proceedings and its closing time accordingly. Its status is the
// book's business.
//
// Borrows the auction. REQUIRES, to change it: it has proceedings, is open, and its time is not
// over.
class HouseRules {
  public:
    HouseRules(Auction& auction, std::int64_t now_us) : auction_(auction), now_us_(now_us) {}

    struct Decision {
        OutcomeCode code = OutcomeCode::accepted;
        bool bought = false;  // the auction is over
    };
    // `caller` is who is known to ask for it, if that is known; the bidder's name is only said.
    Decision bid(const Offer& offer, const std::optional<std::string>& caller);
    Decision buy_now(const std::string& bidder, const std::optional<std::string>& caller);
    Decision retract(const std::string& bidder);

    // The auction is over: its hidden bids become bids like any other, the best one last, at the
    // price that is to be paid.
    void open_sealed();

  private:
    std::optional<OutcomeCode> refusal_of(const Offer& offer,
                                          const std::optional<std::string>& caller) const;
    Decision bid_sealed(const Offer& offer);
    Decision bid_rising(const Offer& offer);
    Decision accept_falling_price(const std::string& bidder, std::optional<Money> limit);
    Decision buy(const std::string& bidder, Money price);
    void show(const Ruling& ruling, const Lead& before, const Offer& offer);
    void append(const std::string& bidder, Money amount, bool automatic);
    void extend();
    Lead lead() const;
    Proceedings& proceedings() const { return *auction_.proceedings; }
    const AuctionTerms& terms() const { return auction_.proceedings->terms; }

    Auction& auction_;
    std::int64_t now_us_;
};

// Who led after that many bids, and at which price. The maximum is the price: what was secret then
// is of no use to the reader. REQUIRES: it has proceedings.
Lead public_lead(const Auction& auction, std::uint32_t bid_count);

// Who would win the auction if it were closed now; "": nobody. It need not have proceedings.
std::string winner_if_closed(const Auction& auction);

// What an auction with proceedings has come to, by its status.
AuctionResult result_of(const Auction& auction);

}  // namespace gavel::auction
