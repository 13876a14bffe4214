#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/auction/rules/auction_terms.h"
#include "services/auction/rules/rising_price.h"
#include "services/auction/rules/sealed_bids.h"

namespace gavel::auction {

// What an auction with rules of its own has beside its list of bids. Part of the book.
//
// The list of bids shows what everybody may see, and like that of any auction it is only appended
// to: its last entry has the leader and the price. A maximum bid adds up to two: what the loser has
// bid in the end, and the winner's bid made for him. A retraction adds one, with who leads then and
// at which price. Hidden bids are added at the end. So the number of entries and the status say
// exactly what the auction looked like at any moment.
struct Proceedings {
    // What an entry of the list of bids is, when it is not simply a bid.
    struct Remark {
        std::uint32_t bid_number = 0;  // from 0
        bool automatic = false;        // made for the bidder, out of a maximum
        std::string retracted_by;      // "": nobody
        bool operator==(const Remark&) const = default;
    };
    struct Extension {
        std::uint32_t bid_number = 0;  // of the bid that moved the end
        std::int64_t closing_time_us = 0;
        bool operator==(const Extension&) const = default;
    };

    AuctionTerms terms;
    std::int64_t opened_us = 0;         // Unix time at which it opened or will open
    std::int64_t first_end_us = 0;      // Unix time at which it would end unless extended; 0: never
    std::vector<Remark> remarks;        // in the order of their bids
    std::vector<Extension> extensions;  // likewise

    // Secret. The leader's maximum; means nothing while nobody leads.
    Money maximum;
    // Secret. What stands of what was offered, where bids can be retracted.
    std::vector<Offer> offers;
    // Secret until the end. One of each bidder, in the order of the first ones.
    std::vector<SealedBid> sealed;
    std::unordered_map<std::string, std::size_t> sealed_of;  // by bidder

    bool operator==(const Proceedings& other) const {
        return terms == other.terms && opened_us == other.opened_us &&
               first_end_us == other.first_end_us && remarks == other.remarks &&
               extensions == other.extensions && maximum == other.maximum &&
               offers == other.offers && sealed == other.sealed;
    }

    // Null when the entry is simply a bid.
    const Remark* remark_on(std::uint32_t bid_number) const;
    // How often the end had moved, and when it was, after that many bids.
    std::uint32_t extensions_after(std::uint32_t bid_count) const;
    std::int64_t closing_time_after(std::uint32_t bid_count) const;
};

}  // namespace gavel::auction
