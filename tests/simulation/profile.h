#pragma once

#include <cstddef>
#include <cstdint>

#include "consensus/raft/config.h"
#include "consensus/raft/random.h"

namespace gavel::simulation {

// What one seed makes of the world: how large the cluster is, how the servers are set, and which
// faults come how often. Seeds differ in kind, not only in luck: many leave whole kinds of faults
// out, since some bugs show only where others do not interfere (swarm testing; Groce et al. 2012).
struct Profile {
    explicit Profile(raft::Random& random);

    std::size_t servers;
    raft::Config config;
    std::uint64_t tick_us;
    std::uint64_t apply_us;     // how long a batch takes to be applied; 0 is at once
    std::uint64_t duration_us;  // of the first phase

    std::uint64_t min_delay_us;
    std::uint64_t max_delay_us;
    double loss_percent;
    double duplicate_percent;
    std::uint64_t max_late_us;  // how much later a duplicate comes
    double corrupt_percent;     // 0: messages are not encoded at all

    std::uint64_t disk_us;

    std::size_t clients;
    std::uint64_t think_us;
    double read_percent;
    std::size_t padding_bytes;

    std::uint64_t snapshot_entries;
    std::uint64_t keep_entries;
    std::size_t snapshot_padding_bytes;

    std::uint64_t fault_us;  // mean time between faults
    std::uint64_t fault_length_us;
    // Weights of the kinds of faults; 0 is never.
    struct Weights {
        unsigned crash, crash_leader, crash_all, crash_at_vote, pause, pause_leader, split, isolate,
            one_way, ring, slow_disk, full_disk, failed_sync, clock, transfer, change, loss;
    } weights;
};

}  // namespace gavel::simulation
