#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gavel::auction {

// The hash that stands beside each record of a log on disk: SHA-256 of the hash before it, the
// index and the record. A record that is altered, dropped or moved breaks the chain at that place.
// It covers secrets, so it is nobody's but the operator's; what bidders are given is another chain
// (journal.h).
class HashChain {
  public:
    // What stands before the first record of a log.
    static std::string start(std::string_view log_id);
    // 32 bytes.
    static std::string next(std::string_view previous, std::uint64_t index,
                            std::string_view record);
};

}  // namespace gavel::auction
