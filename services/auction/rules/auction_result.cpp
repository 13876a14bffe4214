#include "services/auction/rules/auction_result.h"

#include <cassert>

namespace gavel::auction {

const char* to_string(AuctionResult::Kind kind) {
    assert(kind != AuctionResult::Kind::undecided);
    switch (kind) {
        case AuctionResult::Kind::sold: return "SOLD";
        case AuctionResult::Kind::unsold: return "UNSOLD";
        case AuctionResult::Kind::undecided:
        case AuctionResult::Kind::cancelled: break;
    }
    return "CANCELLED";
}

bool reserve_met(const AuctionTerms& terms, const Lead& lead) {
    return !lead.bidder.empty() && (!terms.reserve || lead.price >= *terms.reserve);
}

AuctionResult result_of(const AuctionTerms& terms, const Lead& lead) {
    if (!reserve_met(terms, lead)) return {AuctionResult::Kind::unsold, "", {}};
    return {AuctionResult::Kind::sold, lead.bidder, lead.price};
}

}  // namespace gavel::auction
