#include "tests/simulation/sim_disk.h"

#include <utility>

namespace gavel::simulation {

void SimDisk::sync() {
    if (replaces_) durable_ = std::exchange(replacement_, {});
    replaces_ = false;
    durable_ += unsynced_;
    unsynced_.clear();
}

void SimDisk::sync_fails() {
    // Where the lost pages were there is a hole of zeros.
    durable_.append(unsynced_.size(), '\0');
    unsynced_.clear();
    replacement_.clear();
    replaces_ = false;
}

void SimDisk::crash(raft::Random& random) {
    if (replaces_ && random.chance(50)) {
        durable_ = std::move(replacement_);
    } else if (!unsynced_.empty()) {
        auto kept = random.chance(30) ? 0 : random.between(0, unsynced_.size());
        if (random.chance(10)) kept = unsynced_.size();
        unsynced_.resize(kept);
        // The last sector may hold anything.
        if (kept > 0 && random.chance(30)) {
            unsynced_[kept - 1] = static_cast<char>(random.next() & 0xff);
        }
        durable_ += unsynced_;
    }
    unsynced_.clear();
    replacement_.clear();
    replaces_ = false;
}

}  // namespace gavel::simulation
