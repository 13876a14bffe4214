#pragma once

#include <string>
#include <utility>

#include "services/auction/rules/limits.h"
#include "tests/auction/commands.h"
#include "tests/auction/rules/amounts.h"

namespace gavel::auction {

// Commands about auctions with rules of their own, short to write.

inline Command create(AuctionTerms terms, std::int64_t starting_bid,
                      std::int64_t duration_seconds = 3'600) {
    Command command = create("Lamp", starting_bid, duration_seconds);
    std::get<CreateAuction>(command.action).terms = std::move(terms);
    return command;
}
inline Command maximum(AuctionId id, std::string bidder, std::int64_t amount) {
    return {.idempotency = std::nullopt,
            .action = PlaceBid{id, std::move(bidder), money(amount), true}};
}
inline Command buy_now(AuctionId id, std::string bidder) {
    return {.idempotency = std::nullopt, .action = BuyNow{id, std::move(bidder)}};
}
inline Command retract(AuctionId id, std::string bidder) {
    return {.idempotency = std::nullopt, .action = RetractBids{id, std::move(bidder)}};
}
inline Command cancel(AuctionId id) {
    return {.idempotency = std::nullopt, .action = CancelAuction{id}};
}

inline Command prepare(std::string transaction, const Command& whole) {
    return {.idempotency = std::nullopt,
            .action = PrepareTransaction{std::move(transaction), start_us, "memo",
                                         std::get<CreateAuction>(whole.action)}};
}

// A create, or the prepare of one, with something to hide its secrets with.
inline Command with_seed(Command command) {
    auto* create = std::get_if<CreateAuction>(&command.action);
    if (auto* prepare = std::get_if<PrepareTransaction>(&command.action)) {
        create = &std::get<CreateAuction>(prepare->action);
    }
    create->seed = std::string(limits::seed_bytes, 's');
    return command;
}

// Steps of 5, and all rules of rising prices that no test is about.
inline AuctionTerms proxy_terms() {
    AuctionTerms terms;
    terms.proxy = true;
    terms.increments = Increments::fixed(money(5));
    return terms;
}

inline AuctionTerms format_terms(Format format) {
    AuctionTerms terms;
    terms.format = format;
    if (format == Format::dutch) terms.dutch = DutchFall{money(20), money(10), 60};
    return terms;
}

// "ann 50, bob 60 automatic, - 50 retracted by ann": the list of bids as everyone sees it.
inline std::string shown_bids(const Auction& auction) {
    std::string text;
    for (std::uint32_t number = 0; number < auction.bids.size(); ++number) {
        const Bid& bid = auction.bids[number];
        if (!text.empty()) text += ", ";
        text += (bid.bidder.empty() ? "-" : bid.bidder) + " " +
                std::to_string(bid.amount.units / Money::units_per_whole);
        const auto* remark = auction.proceedings->remark_on(number);
        if (remark == nullptr) continue;
        if (remark->automatic) text += " automatic";
        if (!remark->retracted_by.empty()) text += " retracted by " + remark->retracted_by;
    }
    return text;
}

// "bid bid extended": what a command told.
inline std::string told(const Applied& applied) {
    static const char* const names[] = {"created", "bid",      "closed",   "ended",
                                        "opened",  "extended", "retracted"};
    std::string text;
    for (const auto& event : applied.events) {
        if (!text.empty()) text += ' ';
        text += names[static_cast<std::size_t>(event.type)];
    }
    return text;
}

}  // namespace gavel::auction
