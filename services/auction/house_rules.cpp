#include "services/auction/house_rules.h"

#include <cassert>

#include "services/auction/rules/buy_now.h"
#include "services/auction/rules/retraction.h"

namespace gavel::auction {

HouseRules::Decision HouseRules::bid(const Offer& offer, const std::optional<std::string>& caller) {
    if (const auto refusal = refusal_of(offer, caller)) return {*refusal};
    if (terms().is_sealed()) return bid_sealed(offer);
    if (terms().format == Format::dutch) return accept_falling_price(offer.bidder, offer.amount);
    return bid_rising(offer);
}

// Before anything is said of the price.
std::optional<OutcomeCode> HouseRules::refusal_of(const Offer& offer,
                                                  const std::optional<std::string>& caller) const {
    const std::string& seller = terms().seller;
    if (!seller.empty() && (offer.bidder == seller || caller == seller)) {
        return OutcomeCode::seller_bids;
    }
    if (offer.is_maximum && !terms().proxy) return OutcomeCode::no_maximums;
    if (terms().currency && !terms().currency->can_pay(offer.amount)) return OutcomeCode::too_fine;
    return std::nullopt;
}

// One bid a bidder, which may be raised. The answer to a lower one is that to a higher one: else
// anyone could find out a bid by bidding in its bidder's name.
HouseRules::Decision HouseRules::bid_sealed(const Offer& offer) {
    if (offer.amount < auction_.starting_bid) return {OutcomeCode::too_low};
    auto& sealed = proceedings().sealed;
    const auto [place, is_new] = proceedings().sealed_of.try_emplace(offer.bidder, sealed.size());
    if (is_new) {
        sealed.push_back({offer.bidder, offer.amount, now_us_});
    } else if (SealedBid& bid = sealed[place->second]; offer.amount > bid.amount) {
        bid = {offer.bidder, offer.amount, now_us_};
    }
    return {OutcomeCode::accepted};
}

HouseRules::Decision HouseRules::accept_falling_price(const std::string& bidder,
                                                      std::optional<Money> limit) {
    const Money price =
        terms().dutch->price_at(auction_.starting_bid, proceedings().opened_us, now_us_);
    // The limit guards against nothing but haste: the price never rises.
    if (limit && *limit < price) return {OutcomeCode::too_low};
    return buy(bidder, price);
}

HouseRules::Decision HouseRules::bid_rising(const Offer& offer) {
    const Lead before = lead();
    if (can_buy_now(terms(), before) && bid_buys_now(terms(), offer.amount)) {
        return buy(offer.bidder, *terms().buy_now_price);
    }
    const RisingPrice rising(terms(), auction_.starting_bid);
    const Ruling ruling = rising.rule(before, offer);
    if (ruling.kind == Ruling::Kind::too_low) return {OutcomeCode::too_low};
    if (ruling.kind == Ruling::Kind::no_change) return {OutcomeCode::accepted};
    if (terms().retractions) {
        proceedings().offers.push_back(offer);
        proceedings().offers.back().time_us = now_us_;
    }
    if (ruling.kind == Ruling::Kind::moved) show(ruling, before, offer);
    proceedings().maximum = ruling.lead.maximum;
    if (ruling.lead.price > before.price) extend();
    return {OutcomeCode::accepted};
}

void HouseRules::show(const Ruling& ruling, const Lead& before, const Offer& offer) {
    const bool lost = ruling.lead.bidder != offer.bidder;
    if (ruling.spent && lost) append(offer.bidder, *ruling.spent, false);
    if (ruling.spent && !lost) append(before.bidder, *ruling.spent, true);
    append(ruling.lead.bidder, ruling.lead.price, lost);
}

HouseRules::Decision HouseRules::buy_now(const std::string& bidder,
                                         const std::optional<std::string>& caller) {
    // No amount is said, so there is none that could be too fine.
    if (const auto refusal = refusal_of({bidder, auction_.starting_bid}, caller)) return {*refusal};
    if (terms().format == Format::dutch) return accept_falling_price(bidder, std::nullopt);
    if (!can_buy_now(terms(), lead())) return {OutcomeCode::not_for_sale};
    return buy(bidder, *terms().buy_now_price);
}

HouseRules::Decision HouseRules::buy(const std::string& bidder, Money price) {
    append(bidder, price, false);
    proceedings().maximum = price;
    return {OutcomeCode::accepted, true};
}

HouseRules::Decision HouseRules::retract(const std::string& bidder) {
    if (!terms().retractions) return {OutcomeCode::no_retractions};
    auto& offers = proceedings().offers;
    Retraction retraction = auction::retract(offers, bidder, now_us_, auction_.closing_time_us);
    if (retraction.kind == Retraction::Kind::nothing) return {OutcomeCode::nothing_to_retract};
    if (retraction.kind == Retraction::Kind::too_late) return {OutcomeCode::too_late_to_retract};
    offers = std::move(retraction.left);
    const Lead after = RisingPrice(terms(), auction_.starting_bid).replay(offers);
    append(after.bidder, after.price, false);
    proceedings().remarks.push_back(
        {static_cast<std::uint32_t>(auction_.bids.size() - 1), false, bidder});
    proceedings().maximum = after.maximum;
    return {OutcomeCode::accepted};
}

void HouseRules::open_sealed() {
    if (!terms().is_sealed()) return;
    const SealedOutcome outcome =
        open_sealed_bids(proceedings().sealed, terms(), auction_.starting_bid);
    for (std::size_t i = 0; i < outcome.ranking.size(); ++i) {
        const bool best = i + 1 == outcome.ranking.size();
        const SealedBid& bid = outcome.ranking[i];
        append(bid.bidder, best ? outcome.price.value_or(bid.amount) : bid.amount, false);
    }
}

void HouseRules::append(const std::string& bidder, Money amount, bool automatic) {
    if (automatic) {
        proceedings().remarks.push_back(
            {static_cast<std::uint32_t>(auction_.bids.size()), true, ""});
    }
    auction_.bids.push_back({bidder, amount, now_us_});
}

void HouseRules::extend() {
    if (!terms().soft_close) return;
    auto& extensions = proceedings().extensions;
    const std::int64_t end_us = terms().soft_close->end_after_bid(
        auction_.closing_time_us, now_us_, static_cast<std::uint32_t>(extensions.size()));
    if (end_us == auction_.closing_time_us) return;
    auction_.closing_time_us = end_us;
    extensions.push_back({static_cast<std::uint32_t>(auction_.bids.size() - 1), end_us});
}

Lead HouseRules::lead() const {
    Lead lead = public_lead(auction_, static_cast<std::uint32_t>(auction_.bids.size()));
    if (!lead.bidder.empty()) lead.maximum = proceedings().maximum;
    return lead;
}

Lead public_lead(const Auction& auction, std::uint32_t bid_count) {
    if (bid_count == 0) return {"", auction.starting_bid, auction.starting_bid};
    const Bid& last = auction.bids[bid_count - 1];
    return {last.bidder, last.amount, last.amount};
}

std::string winner_if_closed(const Auction& auction) {
    if (auction.proceedings == nullptr) return auction.highest_bidder();
    const AuctionTerms& terms = auction.proceedings->terms;
    if (terms.is_sealed()) {
        const auto opened =
            open_sealed_bids(auction.proceedings->sealed, terms, auction.starting_bid);
        return opened.price ? opened.ranking.back().bidder : "";
    }
    const auto bid_count = static_cast<std::uint32_t>(auction.bids.size());
    return result_of(terms, public_lead(auction, bid_count)).winner;
}

AuctionResult result_of(const Auction& auction) {
    assert(auction.proceedings != nullptr);
    if (!contract::is_over(auction.status)) return {};
    if (auction.status == AuctionStatus::cancelled) {
        return {AuctionResult::Kind::cancelled, "", {}};
    }
    const auto bid_count = static_cast<std::uint32_t>(auction.bids.size());
    return result_of(auction.proceedings->terms, public_lead(auction, bid_count));
}

}  // namespace gavel::auction
