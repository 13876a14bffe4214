#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "consensus/two_phase_commit/decision_record.h"

namespace gavel::two_phase {

// What a coordinator asks of the decision table. Each may be repeated: what is done stays done.
struct DecisionCommand {
    enum class Type : std::uint8_t {
        begin,   // a PENDING record, unless the key has one already
        decide,  // PENDING becomes COMMIT or ABORT, if it is PENDING
        forget,  // everybody who must know the decision does
        look,    // nothing; tells the record, as all commands before this one have made it
    };

    Type type = Type::look;
    std::int64_t now_us = 0;  // Unix time of who asks

    // begin. The table makes the id and `began_us`.
    Transaction transaction;
    std::string key;
    std::string fingerprint;
    std::int64_t vote_time_us = 0;  // the deadline is so long after the beginning
    std::string replaces;           // the id of the key's newest transaction; "" when it has none

    std::string id;  // decide, forget, look

    // decide
    Decision decision = Decision::abort;
    std::map<std::string, bool> votes;
    Facts facts;
    Refusal refusal;
    std::string refused_by;

    std::string encode() const;
    // Throws MalformedRecord.
    static DecisionCommand decode(std::string_view bytes);

    auto operator<=>(const DecisionCommand&) const = default;
};

// What became of it, and the record as it is now. Whoever asked for a decision obeys this one.
struct DecisionOutcome {
    enum class Verdict : std::uint8_t {
        done,      // the record is what the command made it
        not_done,  // it was there, or decided, or finished already
        unknown,   // there is no such record
        full,      // too many transactions are unfinished: nothing was begun
        expired,   // the command is older than what the table remembers: nothing was begun
    };

    Verdict verdict = Verdict::unknown;
    std::optional<DecisionRecord> record;

    std::string encode() const;
    // Throws MalformedRecord.
    static DecisionOutcome decode(std::string_view bytes);

    auto operator<=>(const DecisionOutcome&) const = default;
};

}  // namespace gavel::two_phase
