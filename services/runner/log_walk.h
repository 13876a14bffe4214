#pragma once

#include <atomic>
#include <string>

#include "consensus/raft/driver/sqlite_raft_storage.h"

namespace gavel {

// Hands the stored entries from `first` to `last` to `take`, in order; false when `stopping` ended
// it before the last one. On any thread, for as long as it takes. Throws what
// SqliteRaftStorage::read_entries() and `take` throw.
bool walk_log(const std::string& storage_path, raft::Index first, raft::Index last,
              const std::atomic<bool>& stopping, const raft::SqliteRaftStorage::Visit& take);

}  // namespace gavel
