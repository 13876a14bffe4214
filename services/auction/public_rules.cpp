#include "services/auction/public_rules.h"

#include "services/auction/house_rules.h"
#include "services/auction/json_members.h"
#include "services/auction/rules/buy_now.h"

namespace gavel::auction {
namespace {

void append_increments(std::string& out, const Increments& increments) {
    if (increments.kind == Increments::Kind::ebay) {
        out += "\"ebay\"";
        return;
    }
    if (increments.kind == Increments::Kind::fixed) {
        append_json_money(out, {increments.rows.front().step_units});
        return;
    }
    out += '[';
    for (const auto& row : increments.rows) {
        if (out.back() != '[') out += ',';
        out += '{';
        JSONMembers members(out);
        if (row.below_units != Increments::no_end) members.money("below", {row.below_units});
        members.money("step", {row.step_units});
        out += '}';
    }
    out += ']';
}

void append_soft_close(std::string& out, const SoftClose& soft_close) {
    out += '{';
    JSONMembers members(out);
    members.number("window_seconds", soft_close.window_seconds);
    members.number("extension_seconds", soft_close.extension_seconds);
    members.number("max_times", soft_close.max_times);
    if (soft_close.hard_end_us != 0) members.time("hard_end", soft_close.hard_end_us);
    out += '}';
}

void append_dutch(std::string& out, const DutchFall& dutch) {
    out += '{';
    JSONMembers members(out);
    members.money("floor", dutch.floor);
    members.money("step", dutch.step);
    members.number("interval_seconds", dutch.interval_seconds);
    out += '}';
}

}  // namespace

std::string public_terms(const Auction& auction) {
    const AuctionTerms& terms = auction.proceedings->terms;
    std::string out;
    JSONMembers members(out);
    members.text("format", to_string(terms.format));
    if (terms.currency) members.text("currency", terms.currency->code);
    if (!terms.seller.empty()) members.text("seller", terms.seller);
    if (terms.increments.kind != Increments::Kind::none) {
        append_increments(members.begin("increments"), terms.increments);
    }
    if (terms.proxy) members.flag("proxy", true);
    if (terms.buy_now_price) {
        members.money("buy_now_price", *terms.buy_now_price);
        members.text("buy_now_policy", to_string(terms.buy_now_policy));
    }
    if (terms.soft_close) append_soft_close(members.begin("soft_close"), *terms.soft_close);
    // A falling price is reckoned from the moment of opening.
    if (terms.opens_at_us != 0 || terms.dutch) {
        members.time("opens_at", auction.proceedings->opened_us);
    }
    if (terms.dutch) append_dutch(members.begin("dutch"), *terms.dutch);
    if (terms.retractions) members.flag("retractions", true);
    return out;
}

std::string public_moment(const Auction& auction, std::uint32_t bid_count) {
    const Proceedings& proceedings = *auction.proceedings;
    const AuctionTerms& terms = proceedings.terms;
    std::string out;
    JSONMembers members(out);
    if (terms.format == Format::dutch) return out;
    if (terms.is_sealed()) {
        members.money("min_next_bid", auction.starting_bid);
        return out;
    }
    const Lead lead = public_lead(auction, bid_count);
    members.money("min_next_bid", RisingPrice(terms, auction.starting_bid).min_next_bid(lead));
    if (terms.reserve) members.flag("reserve_met", reserve_met(terms, lead));
    if (terms.buy_now_price) members.flag("can_buy_now", can_buy_now(terms, lead));
    if (terms.soft_close) members.number("extensions", proceedings.extensions_after(bid_count));
    return out;
}

std::string public_result(const Auction& auction) {
    const Proceedings& proceedings = *auction.proceedings;
    const AuctionResult result = result_of(auction);
    std::string out;
    JSONMembers members(out);
    members.text("outcome", to_string(result.kind));
    if (result.kind == AuctionResult::Kind::sold) {
        members.text("winner", result.winner);
        members.money("price", result.price);
    }
    const auto bid_count = static_cast<std::uint32_t>(auction.bids.size());
    if (proceedings.terms.reserve && result.kind != AuctionResult::Kind::cancelled) {
        members.flag("reserve_met",
                     reserve_met(proceedings.terms, public_lead(auction, bid_count)));
    }
    if (proceedings.terms.soft_close) {
        members.number("extensions", proceedings.extensions_after(bid_count));
    }
    return out;
}

}  // namespace gavel::auction
