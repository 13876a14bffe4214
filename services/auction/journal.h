#pragma once

#include <cstdint>
#include <string>

#include "common/append_only/append_text.h"
#include "common/crypto/sha256.h"

namespace gavel::auction {

// What was done to one auction, in order, and the hash that the last of it has: what receipts and
// proofs are made of (acts.h, proof.h). Part of the book, so every node has the same one.
struct Journal {
    std::uint32_t acts = 0;  // 0: the auction is from before there were receipts
    Digest head{};           // of the last act's line
    std::string seed;        // secret, see CreateAuction
    AppendText records;      // the acts as bytes
    // Of the last act, as its record says.
    std::uint64_t last_index = 0;
    std::int64_t last_us = -1;  // book time; -1: there is none

    bool is_kept() const { return acts > 0; }
    bool operator==(const Journal&) const = default;
};

}  // namespace gavel::auction
