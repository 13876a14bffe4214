#include "services/auction/rules/rising_price.h"

#include <algorithm>
#include <cassert>

namespace gavel::auction {

Money RisingPrice::one_step_above(Money amount) const {
    const std::int64_t step =
        std::max(terms_.increments.step_units_at(amount), terms_.smallest_units());
    return {amount.units + step, Money::Notation::decimal};
}

Money RisingPrice::min_next_bid(const Lead& lead) const {
    const bool first_may_equal = terms_.increments.kind != Increments::Kind::none;
    if (lead.bidder.empty() && first_may_equal) return starting_bid_;
    if (lead.bidder.empty()) {
        return {starting_bid_.units + terms_.smallest_units(), Money::Notation::decimal};
    }
    return one_step_above(lead.price);
}

Lead RisingPrice::lifted_to_reserve(Lead lead) const {
    if (terms_.reserve && lead.maximum >= *terms_.reserve && lead.price < *terms_.reserve) {
        lead.price = {terms_.reserve->units, Money::Notation::decimal};
    }
    return lead;
}

Ruling RisingPrice::rule(const Lead& lead, const Offer& offer) const {
    Ruling ruling;
    if (offer.bidder == lead.bidder && offer.is_maximum) {
        ruling = rule_own(lead, offer);
    } else if (offer.amount < min_next_bid(lead)) {
        ruling.lead = lead;
    } else {
        ruling = rule_against(lead, offer);
    }
    assert(ruling.lead.price <= ruling.lead.maximum || ruling.lead.bidder.empty());
    assert(ruling.lead.price >= lead.price);
    return ruling;
}

// The answer to a maximum that is no higher than the old one is the same whatever the old one is:
// else anyone could find it out by bidding in the leader's name.
Ruling RisingPrice::rule_own(const Lead& lead, const Offer& offer) const {
    Ruling ruling;
    ruling.lead = lead;
    if (offer.amount <= lead.price) return ruling;
    ruling.kind = Ruling::Kind::no_change;
    if (offer.amount <= lead.maximum) return ruling;
    ruling.lead.maximum = offer.amount;
    ruling.lead = lifted_to_reserve(std::move(ruling.lead));
    const bool lifted = ruling.lead.price > lead.price;
    ruling.kind = lifted ? Ruling::Kind::moved : Ruling::Kind::raised;
    return ruling;
}

// The first bid of all, one against another leader, or the leader's own bid without a maximum.
Ruling RisingPrice::rule_against(const Lead& lead, const Offer& offer) const {
    Ruling ruling;
    ruling.kind = Ruling::Kind::moved;
    const bool own = offer.bidder == lead.bidder;
    if (!own && !lead.bidder.empty() && offer.amount <= lead.maximum) {
        ruling.spent = offer.amount;
        ruling.lead = lead;
        ruling.lead.price = std::min(lead.maximum, one_step_above(offer.amount));
        return ruling;
    }
    Money price = offer.amount;
    if (offer.is_maximum) {
        price = lead.bidder.empty() ? min_next_bid(lead) : one_step_above(lead.maximum);
    }
    if (!own && lead.maximum > lead.price) ruling.spent = lead.maximum;
    ruling.lead = {offer.bidder, std::min(price, offer.amount), offer.amount};
    if (own) ruling.lead.maximum = std::max(lead.maximum, offer.amount);
    ruling.lead = lifted_to_reserve(std::move(ruling.lead));
    return ruling;
}

Lead RisingPrice::replay(const std::vector<Offer>& offers) const {
    Lead lead = nobody();
    for (const auto& offer : offers) lead = rule(lead, offer).lead;
    return lead;
}

}  // namespace gavel::auction
