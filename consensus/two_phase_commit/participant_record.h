#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase {

// What a participant must not forget about one transaction.
struct ParticipantRecord {
    enum class State : std::uint8_t {
        prepared,   // it voted to commit: everything that a commit needs is here
        committed,  // done; only the id is kept, so that a repeated decision is known
        aborted,    // likewise
    };

    // Of a finished one: id, began_us and participants.
    Transaction transaction;
    std::string coordinator;  // who asked
    State state = State::prepared;
    std::string facts;  // what it voted with

    std::string encode() const;
    // Throws MalformedRecord.
    static ParticipantRecord decode(std::string_view bytes);

    auto operator<=>(const ParticipantRecord&) const = default;
};

constexpr const char* name_of(ParticipantRecord::State state) {
    constexpr const char* names[] = {"prepared", "committed", "aborted"};
    return names[static_cast<int>(state)];
}

// Changes to what a participant has on disk: all of them or none, with one fsync.
struct ParticipantBatch {
    std::vector<ParticipantRecord> records;  // each replaces the one of its id
    // Finished records of transactions that began at this time or before it are to be dropped.
    std::int64_t forgotten_us = 0;

    auto operator<=>(const ParticipantBatch&) const = default;
};

}  // namespace gavel::two_phase
