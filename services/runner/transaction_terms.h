#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "consensus/two_phase_commit/transaction.h"
#include "services/auction/outcome.h"

namespace gavel {

// What the services say to one another in a transaction's JSON texts.
//
//     payload   {"kind": "create" | "close", "auction_id": "7", "request": what the client sent,
//                "idempotency_key": …, "unchanged_since": 12}, from the gateway; with the last one
//                a close is done only if the auction has not changed since that entry of the log
//     facts     {"auction_id": "7", "winner": "ann", "price": 60.0}, from the auction service: who
//               wins by what stood at the freeze; "winner" is "" when nobody does
//     result    {"auction_id": "7", "index": 12, "bid_count": 3, "status": "CLOSED"}, from the
//               auction service: from which the gateway renders its answer; the status by
//               contract::name_of
//     answer    of a refusal: a result, when there is nothing to change; else {"index": 12}, where
//               the book decided so

inline constexpr const char* auction_participant = "auction_service";

enum class TransactionKind : std::uint8_t { create, close };

// What a participant is asked to do. Throws HTTPError 400 for a payload of another form.
struct TransactionTerms {
    TransactionKind kind = TransactionKind::create;
    std::uint64_t auction_id = 0;  // close; 0 when the text is no auction's id
    nlohmann::json request;        // an object
    std::optional<std::string> idempotency_key;
    std::optional<std::uint64_t> unchanged_since;  // close

    static TransactionTerms read(const two_phase::Transaction& transaction);
};

// What the auction service said when it voted.
struct AuctionFacts {
    std::uint64_t auction_id = 0;
    std::string winner;

    // Nothing when there are none, as in a transaction that is known by its id alone.
    static std::optional<AuctionFacts> read(const two_phase::Facts& facts);
};

// The result, as JSON text.
std::string result_json(const auction::Outcome& outcome);

}  // namespace gavel
