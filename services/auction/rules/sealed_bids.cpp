#include "services/auction/rules/sealed_bids.h"

#include <algorithm>
#include <tuple>

namespace gavel::auction {

SealedOutcome open_sealed_bids(std::vector<SealedBid> bids, const AuctionTerms& terms,
                               Money starting_bid) {
    // Bids of one amount and one moment stay in the order in which they came, the later one first.
    std::reverse(bids.begin(), bids.end());
    std::stable_sort(bids.begin(), bids.end(), [](const SealedBid& a, const SealedBid& b) {
        return std::tuple(a.amount.units, -a.time_us) < std::tuple(b.amount.units, -b.time_us);
    });
    SealedOutcome outcome;
    outcome.ranking = std::move(bids);
    if (outcome.ranking.empty()) return outcome;
    const Money best = outcome.ranking.back().amount;
    const Money least = std::max(terms.reserve.value_or(starting_bid), starting_bid);
    if (best < least) return outcome;
    if (terms.format == Format::sealed_first_price) {
        outcome.price = best;
    } else if (outcome.ranking.size() == 1) {
        outcome.price = least;
    } else {
        outcome.price = std::max(least, outcome.ranking[outcome.ranking.size() - 2].amount);
    }
    return outcome;
}

}  // namespace gavel::auction
