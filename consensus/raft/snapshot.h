#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "consensus/raft/crc32.h"
#include "consensus/raft/membership.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// What the core knows of a snapshot; its bytes stay with the driver (thesis 5.1, 5.3).
struct SnapshotMeta {
    LogPosition last;       // the last entry that it replaces
    Membership membership;  // as of that entry
    std::uint64_t size_bytes = 0;
    std::uint32_t crc = 0;  // of all its bytes

    friend bool operator==(const SnapshotMeta&, const SnapshotMeta&) = default;
};
using SharedSnapshotMeta = std::shared_ptr<const SnapshotMeta>;

// A piece of a snapshot that arrived in order and unharmed. At offset 0 whatever was staged before
// is thrown away.
struct SnapshotChunk {
    std::uint64_t offset = 0;
    std::string data;
};

// Receives one snapshot in chunks (InstallSnapshot, paper 7, figure 13). It holds only the place it
// has reached and the checksum so far; the bytes go straight to the disk.
class SnapshotReceiver {
  public:
    enum class Result : std::uint8_t { out_of_place, accepted, complete, damaged };

    // Begins with another snapshot from another sender, or goes on with the same.
    Result take(NodeId from, Term term, const SnapshotMeta& meta, std::uint64_t offset,
                std::string_view data) {
        if (from != from_ || term != term_ || !(meta == meta_)) {
            *this = {};
            from_ = from;
            term_ = term;
            meta_ = meta;
        }
        if (offset != offset_ || data.size() > meta.size_bytes - offset) {
            return Result::out_of_place;
        }
        offset_ += data.size();
        crc_ = crc32(data, crc_);
        if (offset_ < meta.size_bytes) return Result::accepted;
        const bool whole = crc_ == meta.crc;
        *this = {};
        return whole ? Result::complete : Result::damaged;
    }
    // The offset it wants next.
    std::uint64_t offset() const { return offset_; }

  private:
    NodeId from_ = no_node;
    Term term_ = 0;
    SnapshotMeta meta_;
    std::uint64_t offset_ = 0;
    std::uint32_t crc_ = 0;
};

}  // namespace gavel::raft
