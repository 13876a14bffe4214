#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/raft/entry.h"
#include "consensus/raft/message.h"
#include "consensus/raft/snapshot.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// What must be on disk, all of it, before `then_send` may leave. One batch, one fsync. In this
// order, so that a batch cut short by a crash is only an older state:
struct PersistBatch {
    std::optional<HardState> hard_state;
    // Pieces of a snapshot that is being received, to be staged beside the current one.
    std::vector<SnapshotChunk> chunks;
    // The staged snapshot is whole: it takes the place of the current one and of the whole log.
    SharedSnapshotMeta install;
    // To be stored from entries.front().index on; what is stored there and after it is dropped.
    std::vector<Entry> entries;

    std::vector<Message> then_send;  // votes and acknowledgements
};

// The answer to a read: wait until `index` is applied, then read. Or ask again.
struct ReadState {
    std::uint64_t context = 0;
    bool confirmed = false;
    Index index = 0;
};

// What a core wants done. The driver may do these at once and in any order, but for what
// PersistBatch says.
struct Ready {
    std::vector<Message> messages;        // may leave at once
    std::optional<PersistBatch> persist;  // then RaftCore::persisted()
    // The state machine is to be replaced by the installed snapshot; then applied(its index).
    SharedSnapshotMeta restore;
    std::vector<Entry> committed;  // to be applied in order; then applied(the last index)
    std::vector<ReadState> reads;

    bool empty() const {
        return messages.empty() && !persist && restore == nullptr && committed.empty() &&
               reads.empty();
    }
};

}  // namespace gavel::raft
