#pragma once

#include <cstddef>
#include <cstdint>

#include "consensus/raft/types.h"

namespace gavel::raft {

// The settings of one core. A tick is whatever the driver makes it; at the defaults a tick of
// 100 ms gives a heartbeat each second and an election after 1.5 to 3 s of silence.
struct Config {
    NodeId id = no_node;

    std::uint32_t heartbeat_ticks = 10;
    // The election timeout is drawn anew from this range each time (paper 5.2). Nobody is voted for
    // within the minimum after a leader was heard (thesis 4.2.3); a leader that did not hear from a
    // majority for the maximum steps down (thesis 6.2).
    std::uint32_t election_ticks_min = 15;
    std::uint32_t election_ticks_max = 30;

    // One append; at least one entry goes out whatever its size.
    std::size_t max_append_bytes = 1024 * 1024;
    std::size_t max_append_entries = 4'096;
    // What may be under way to one follower.
    std::size_t max_inflight_messages = 64;
    std::size_t max_inflight_bytes = 8 * 1024 * 1024;
    std::size_t snapshot_chunk_bytes = 256 * 1024;

    // A follower learns that entries are committed from the next message to it. When there is none,
    // a message of its own brings the news: at once, or, held, when announce_commit() says so.
    bool holds_commit_news = false;

    // What may be proposed and not committed yet; above it proposals are refused.
    std::size_t max_uncommitted_entries = 65'536;
    std::size_t max_uncommitted_bytes = 64 * 1024 * 1024;
    // What is handed out to be applied at a time.
    std::size_t max_apply_bytes = 4 * 1024 * 1024;

    // What is kept in memory for who is receiving a snapshot; above it, it may need another one.
    std::uint64_t max_catch_up_entries = 200'000;

    // How far a learner may be behind when it is promoted (thesis 4.2.1).
    std::uint64_t promote_lag_entries = 1'000;
};

}  // namespace gavel::raft
