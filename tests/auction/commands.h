#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/auction/auction_book.h"
#include "services/auction/command.h"

namespace gavel::auction {

// Commands, short to write. Amounts are whole.

constexpr std::int64_t second_us = 1'000'000;
// Some moment of the year 2023.
constexpr std::int64_t start_us = 1'700'000'000 * second_us;

inline Money money(std::int64_t whole) {
    return {whole * Money::units_per_whole, Money::Notation::integer};
}

inline Command create(std::string name, std::int64_t starting_bid,
                      std::int64_t duration_seconds = 0) {
    return {.idempotency = std::nullopt,
            .action = CreateAuction{std::move(name), "", money(starting_bid), duration_seconds}};
}
inline Command bid(AuctionId id, std::string bidder, std::int64_t amount) {
    return {.idempotency = std::nullopt, .action = PlaceBid{id, std::move(bidder), money(amount)}};
}
inline Command bids(AuctionId id, std::vector<std::pair<std::string, std::int64_t>> offers) {
    PlaceBids action{id, {}};
    for (auto& [bidder, amount] : offers) {
        action.offers.push_back({std::move(bidder), money(amount)});
    }
    return {.idempotency = std::nullopt, .action = std::move(action)};
}
inline Command close(AuctionId id) {
    return {.idempotency = std::nullopt, .action = CloseAuction{id}};
}
inline Command expire(AuctionId id) {
    return {.idempotency = std::nullopt, .action = ExpireAuction{id}};
}
inline Command prepare_create(std::string transaction, std::string name, std::int64_t starting_bid,
                              std::int64_t duration_seconds = 0) {
    const Command whole = create(std::move(name), starting_bid, duration_seconds);
    return {.idempotency = std::nullopt,
            .action = PrepareTransaction{std::move(transaction), start_us, "memo",
                                         std::get<CreateAuction>(whole.action)}};
}
inline Command prepare_close(std::string transaction, AuctionId id) {
    return {
        .idempotency = std::nullopt,
        .action = PrepareTransaction{std::move(transaction), start_us, "memo", CloseAuction{id}}};
}
inline Command commit(std::string transaction) {
    return {.idempotency = std::nullopt, .action = CommitTransaction{std::move(transaction)}};
}
inline Command abort(std::string transaction) {
    return {.idempotency = std::nullopt, .action = AbortTransaction{std::move(transaction)}};
}
inline Command with_key(Command command, std::string key, std::uint64_t fingerprint = 1,
                        std::string scope = "POST /x") {
    command.idempotency = IdempotencyKey{std::move(scope), std::move(key), fingerprint};
    return command;
}

inline Command with_session(Command command, std::uint64_t session, std::uint64_t serial,
                            std::uint64_t low = 1, std::uint64_t fingerprint = 1) {
    command.session = SessionKey{session, serial, low, fingerprint};
    return command;
}

// A book and the clock that stamps what is applied to it.
struct StampedBook {
    AuctionBook book;
    std::int64_t now_us = start_us;
    std::uint8_t rules_version = Command::current_rules_version;  // no command's is above it

    Applied apply(Command command) {
        command.stamp_us = now_us;
        command.rules_version = std::min(command.rules_version, rules_version);
        return book.apply(command, book.last_index() + 1);
    }
    // The id of an auction that was just made.
    AuctionId make(std::string name, std::int64_t starting_bid, std::int64_t duration_seconds = 0) {
        return apply(create(std::move(name), starting_bid, duration_seconds)).outcome.auction_id;
    }
    const Auction& at(AuctionId id) const { return *book.find(id); }
};

}  // namespace gavel::auction
