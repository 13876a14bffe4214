#include "common/contract/bid_input.h"

#include <optional>

#include "common/json/json_scanner.h"
#include "common/limits.h"

namespace gavel::contract {
namespace {

constexpr int money_decimals = 4;

bool scan_bidder(JSONScanner& in, BidInput& bid) {
    return in.text(bid.bidder) && !bid.bidder.empty() &&
           bid.bidder.size() <= limits::max_bidder_bytes;
}

bool scan_amount(JSONScanner& in, BidInput& bid) {
    bool has_point = false;
    if (!in.decimal(money_decimals, bid.amount.units, has_point)) return false;
    bid.amount.notation = has_point ? Money::Notation::decimal : Money::Notation::integer;
    return bid.amount.units > 0 && bid.amount.units <= limits::max_money_units;
}

bool scan_colon(JSONScanner& in) {
    in.blanks();
    const bool there = in.literal(":");
    in.blanks();
    return there;
}

// Nothing for what is broken, refused or of another form: the reader of all JSON looks at it.
std::optional<BidInput> scan_bid(std::string_view text) {
    JSONScanner in(text);
    BidInput bid;
    bool has_bidder = false;
    bool has_amount = false;
    in.blanks();
    if (!in.literal("{")) return std::nullopt;
    for (int field = 0; field < 2; ++field) {
        in.blanks();
        if (field > 0 && !in.literal(",")) return std::nullopt;
        in.blanks();
        if (!has_bidder && in.literal(R"("bidder")")) {
            has_bidder = scan_colon(in) && scan_bidder(in, bid);
            if (!has_bidder) return std::nullopt;
        } else if (!has_amount && in.literal(R"("amount")")) {
            has_amount = scan_colon(in) && scan_amount(in, bid);
            if (!has_amount) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    in.blanks();
    if (!in.literal("}")) return std::nullopt;
    in.blanks();
    return in.at_end() ? std::optional(std::move(bid)) : std::nullopt;
}

}  // namespace

BidInput read_bid(const JSONRequest& request) {
    if (auto bid = scan_bid(request.body())) return std::move(*bid);
    return read_bid(request.object());
}

}  // namespace gavel::contract
