#pragma once

#include <string>
#include <string_view>

#include "consensus/raft/random.h"

namespace gavel::simulation {

// One file on a disk that behaves no better than real ones: what was not synced may be lost, in
// part or whole, and the last piece torn; a failed sync loses what it was to write, though later
// ones succeed.
class SimDisk {
  public:
    void append(std::string_view bytes) { unsynced_ += bytes; }
    // The whole file is to become `bytes` (written aside, then renamed).
    void replace(std::string bytes) {
        replacement_ = std::move(bytes);
        replaces_ = true;
    }
    void sync();
    // The kernel gives up on the pages and forgets that they were to be written.
    void sync_fails();
    // The machine loses its power.
    void crash(raft::Random& random);

    // What a restart would read.
    const std::string& durable() const { return durable_; }
    // A restarted server drops what it found torn.
    void truncate(std::size_t bytes) { durable_.resize(bytes); }

  private:
    std::string durable_;
    std::string unsynced_;
    std::string replacement_;
    bool replaces_ = false;
};

}  // namespace gavel::simulation
