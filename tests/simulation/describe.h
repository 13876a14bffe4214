#pragma once

#include <string>

#include "consensus/raft/message.h"

namespace gavel::simulation {

// Readable forms, for traces and transcripts.
inline std::string describe(const raft::LogPosition& position) {
    return std::to_string(position.index) + "/" + std::to_string(position.term);
}

std::string describe(const raft::Message& message);

}  // namespace gavel::simulation
