#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "consensus/raft/ready.h"
#include "consensus/raft/restored.h"

namespace gavel::raft {

// The stored records cannot be trusted. The server must not start: it would forget what it has
// promised. It can be wiped and join again under another id.
class StorageDamaged : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Keeps one server's durable state. What it must do is figure 2's "persistent state", and:
//
//   - term and vote are one record;
//   - a batch is one write and one fsync, and its parts take effect in the order of PersistBatch,
//   or
//     all together, never later ones without earlier ones;
//   - each record has a checksum: a record that was cut off by a crash at the end is dropped, any
//     other damage is StorageDamaged;
//   - a failed fsync is `failed` for ever: the pages may be gone though the next fsync succeeds
//     (Rebello et al. 2020), so the process ends, and a restart reads what is there.
//
// One thread at a time.
class RaftStorage {
  public:
    enum class Result : std::uint8_t {
        durable,
        full,    // nothing was changed; the same batch may be tried again when there is room
        failed,  // what is on disk is unknown: the process must end
    };

    virtual ~RaftStorage() = default;

    // Throws StorageDamaged.
    virtual Restored load() = 0;
    virtual Result save(const PersistBatch& batch) = 0;

    // A snapshot that this server took of its own state machine. The log up to its last entry may
    // be dropped.
    virtual Result save_snapshot(const SnapshotMeta& meta, std::string data) = 0;
    // A piece of a stored snapshot; "" when it is no longer there.
    virtual std::string read_snapshot(Index last_index, std::uint64_t offset,
                                      std::uint64_t bytes) = 0;
    // Older ones are in nobody's way any more: RaftCore::oldest_snapshot_in_use().
    virtual void drop_snapshots_before(Index last_index) = 0;

    // Tidies up when that is due. Called when nobody waits: after what save() made durable was
    // told. `failed` is as final as there.
    virtual Result merge_when_due() { return Result::durable; }
};

}  // namespace gavel::raft
