#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/decision_record.h"
#include "tests/simulation/two_phase/nodes.h"

namespace gavel::two_phase::simulation {

// What is known of one transaction at one moment, over all nodes and everything ever sent.
struct TransactionFacts {
    struct AtParticipant {
        bool recorded = false;         // on its disk, or so old that it was forgotten there
        bool commit_recorded = false;  // likewise, as committed
        bool committed = false;        // the service did it
        bool broken_off = false;       // voted to commit, then aborted
        bool voted_commit = false;
        bool acknowledged = false;
    };
    std::string id;
    Decision decision = Decision::pending;  // as the table has it, or had it
    bool finished = false;
    bool commit_told = false;  // to a participant
    bool abort_told = false;
    bool client_told_commit = false;
    bool client_told_abort = false;
    std::vector<AtParticipant> participants;
};

// Notes what the packet tells about the transaction.
void note_packet(const Packet& packet, const std::vector<std::string>& participants,
                 TransactionFacts& facts);
// Notes what one participant has done.
TransactionFacts::AtParticipant facts_at(const ParticipantNode& node,
                                         const Transaction& transaction);

// What must hold at every moment: atomicity, stability, durability. The sentence that is broken.
std::optional<std::string> broken_rule(const TransactionFacts& facts);

}  // namespace gavel::two_phase::simulation
