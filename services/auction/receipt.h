#pragma once

#include <cstdint>

#include "common/crypto/sha256.h"

namespace gavel::auction {

// What whoever did something to an auction has in hand: that it stands in the log there, was done
// then, and is the last line of a chain that no line can be taken out of any more.
struct Receipt {
    std::uint64_t index = 0;   // of the log
    std::int64_t time_us = 0;  // Unix time, by the book's clock
    Digest hash{};             // of its line (acts.h)
};

}  // namespace gavel::auction
