#pragma once

#include <vector>

#include "consensus/raft/entry.h"
#include "consensus/raft/snapshot.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// What a disk gives back when a server starts.
struct Restored {
    HardState hard_state;
    SnapshotMeta snapshot;       // its membership is the initial one while the index is 0
    std::vector<Entry> entries;  // all after the snapshot, without a gap
};

}  // namespace gavel::raft
