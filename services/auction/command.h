#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/auction/auction.h"

namespace gavel::auction {

struct CreateAuction {
    std::string name;
    std::optional<std::string> description;
    Money starting_bid;
    std::int64_t duration_seconds = 0;
    // Rules of its own; nothing: a plain auction. Never terms that are all off.
    Boxed<AuctionTerms> terms = {};
    // With terms: limits::seed_bytes that nobody can guess, from which the commitments to the
    // auction's secrets are salted (acts.h). "": one from before there were receipts.
    std::string seed = {};
    bool operator==(const CreateAuction&) const = default;
};

struct PlaceBid {
    AuctionId auction_id = 0;
    std::string bidder;
    Money amount;
    bool is_maximum = false;  // the amount is the most that the bidder would pay, and secret
    bool operator==(const PlaceBid&) const = default;
};

// Several bids on one auction, decided in order, in one entry of the log.
struct PlaceBids {
    struct Offer {
        std::string bidder;
        Money amount;
        bool is_maximum = false;  // as in PlaceBid
        bool operator==(const Offer&) const = default;
    };
    AuctionId auction_id = 0;
    std::vector<Offer> offers;
    bool operator==(const PlaceBids&) const = default;
};

struct CloseAuction {
    AuctionId auction_id = 0;
    bool operator==(const CloseAuction&) const = default;
};

// Takes the auction at the price that it can be bought at now.
struct BuyNow {
    AuctionId auction_id = 0;
    std::string bidder;
    bool operator==(const BuyNow&) const = default;
};

// Takes bids of this bidder back, as many as the rules allow.
struct RetractBids {
    AuctionId auction_id = 0;
    std::string bidder;
    bool operator==(const RetractBids&) const = default;
};

// An operator's: the auction is over, and nobody has won.
struct CancelAuction {
    AuctionId auction_id = 0;
    bool operator==(const CancelAuction&) const = default;
};

// Put into the log by its owner when an auction's time has come: to open, or to end.
struct ExpireAuction {
    AuctionId auction_id = 0;
    bool operator==(const ExpireAuction&) const = default;
};

// The first phase of a transaction that other services take part in (two-phase commit; Gray 1978,
// "Notes on Data Base Operating Systems", section 5.8.3.3): what is to be done is checked and kept,
// and nobody sees it until CommitTransaction. An auction that is to be closed is frozen meanwhile;
// one that is to be created has its id.
struct PrepareTransaction {
    std::string transaction;  // its id, the coordinator's; 1 to limits::max_transaction_id_bytes
    // Unix time, as the coordinators have it: above 0, and each transaction has its own.
    std::int64_t began_us = 0;
    // What the participant needs again after a restart (whom to ask, for example); means nothing
    // to the book. At most limits::max_transaction_memo_bytes.
    std::string memo;
    std::variant<CreateAuction, CloseAuction> action;
    bool operator==(const PrepareTransaction&) const = default;
};

struct CommitTransaction {
    std::string transaction;
    bool operator==(const CommitTransaction&) const = default;
};

struct AbortTransaction {
    std::string transaction;
    bool operator==(const AbortTransaction&) const = default;
};

// Travels inside the command, so that the first answer is known wherever the log is.
// IETF draft-ietf-httpapi-idempotency-key-header.
struct IdempotencyKey {
    std::string scope;  // what is done to what: a key means nothing outside it
    std::string key;
    std::uint64_t fingerprint = 0;  // of the request's body
    bool operator==(const IdempotencyKey&) const = default;
};

// A key that a gateway adds itself, so that it can repeat a request whose answer was lost
// (Ongaro's thesis, section 6.3).
struct SessionKey {
    std::uint64_t session = 0;  // random, one for each start of a gateway
    std::uint64_t serial = 0;   // rises with each request of the session
    // The lowest serial whose answer is still waited for, `serial` at most: what is below it may
    // be forgotten.
    std::uint64_t low = 0;
    std::uint64_t fingerprint = 0;  // of the request: a serial means one request
    bool operator==(const SessionKey&) const = default;
};

using Action = std::variant<CreateAuction, PlaceBid, PlaceBids, CloseAuction, ExpireAuction,
                            PrepareTransaction, CommitTransaction, AbortTransaction, BuyNow,
                            RetractBids, CancelAuction>;

// A wish as data: everything that its effect depends on, the time included.
struct Command {
    // Which rules apply it; entries of the log keep the rules they were made under.
    // 2: auctions may be in transactions, and frozen by them.
    // 3: auctions may have rules of their own (AuctionTerms).
    // 4: what is done to an auction is written into its journal, and has a receipt.
    static constexpr std::uint8_t current_rules_version = 4;
    static constexpr std::uint8_t rules_with_receipts = 4;

    std::uint8_t rules_version = current_rules_version;
    std::int64_t stamp_us = 0;  // Unix time, put on by the log's owner at append
    // At most one of the two keys. A transaction is no session's, and its key comes with its
    // prepare: the key's outcome is that of the commit.
    std::optional<IdempotencyKey> idempotency;
    std::optional<SessionKey> session = std::nullopt;
    // Who asks for it, when that was proved: a bidder's name in a command is only said.
    std::optional<std::string> caller = std::nullopt;
    Action action;
    bool operator==(const Command&) const = default;
};

// The record of the log. Every command has one form.
std::string encode(const Command& command);
// That of a command without a stamp, key and caller.
std::string encode(const Action& action, std::uint8_t rules_version);
// Throws MalformedBytes for anything that encode() cannot have written.
Command decode(std::string_view record);

}  // namespace gavel::auction
