#pragma once

#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase {

// One log line for every message on either side, in the required form:
//
//     Phase voting of Node coordinator sends RPC vote_request to Phase voting of Node p
//     Phase voting of Node p runs RPC vote_request called by Phase voting of Node coordinator
//
// What a node's voting phase hands over to its own decision phase has both lines, too.
void log_sent(const Message& message);
void log_received(const Message& message);
void log_handover(const Message& message);

}  // namespace gavel::two_phase
