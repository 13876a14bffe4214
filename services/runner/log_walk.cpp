#include "services/runner/log_walk.h"

namespace gavel {

bool walk_log(const std::string& storage_path, raft::Index first, raft::Index last,
              const std::atomic<bool>& stopping, const raft::SqliteRaftStorage::Visit& take) {
    struct Stopped {};
    try {
        raft::SqliteRaftStorage::read_entries(storage_path, first, last,
                                              [&](const raft::Entry& entry) {
                                                  if (stopping) throw Stopped();
                                                  take(entry);
                                              });
    } catch (const Stopped&) {
        return false;
    }
    return true;
}

}  // namespace gavel
