#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "consensus/raft/entry.h"
#include "consensus/raft/snapshot.h"

namespace gavel::raft {

// What a log is replicated for: equal entries in equal order make equal states on every server.
// Loop thread only.
class StateMachine {
  public:
    virtual ~StateMachine() = default;

    // Committed entries, in order, each once in a process's life; no-ops and membership changes
    // are among them, so that it can count along.
    virtual void apply(const std::vector<Entry>& entries) = 0;

    // The whole state is now what the snapshot says.
    virtual void restore(const SnapshotMeta& meta, const std::string& data) = 0;

    // Makes the snapshot of the state as it was, or will have been, at `index`, an applied entry
    // that is on this server's disk; hands over its bytes later, on the loop, or nothing when it
    // could not be made. It must not keep the state machine from applying meanwhile.
    using SnapshotMade = std::function<void(std::optional<std::string> data)>;
    virtual void make_snapshot(Index index, SnapshotMade made) = 0;
};

}  // namespace gavel::raft
