#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "consensus/raft/entry.h"
#include "consensus/two_phase_commit/decision_table.h"
#include "services/auction/auction_book.h"

namespace gavel {

// What the replicated log makes on every node: the auction book and, beside it, the decision table
// of two-phase commit, which coordinators keep there. Each entry is a command of one of them, or
// the log's own; its number is an index of the book in either case.
//
// A value; the same log gives the same state, byte for byte.
struct NodeState {
    auction::AuctionBook book;
    two_phase::DecisionTable decisions;

    // The entry after book.last_index().
    void apply(const raft::Entry& entry);

    std::string serialize() const;
    // Also of snapshots from before there were decisions, which hold the book alone. Throws
    // MalformedBytes or two_phase::MalformedRecord.
    static NodeState deserialize(std::string_view bytes);
};

// The entry's payload of a command for the decision table, and the command in it; nothing when the
// payload is the book's.
std::string decision_payload(std::string_view command);
std::optional<std::string_view> decision_in(std::string_view payload);

}  // namespace gavel
