#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace gavel::auction {

// The hash that stands beside each record: SHA-256 of the hash before it, the index and the
// record. A record that is altered, dropped or moved breaks the chain at that place.
// Belongs to one thread.
class HashChain {
  public:
    HashChain();

    // What stands before the first record of a log.
    static std::string start(std::string_view log_id);
    // 32 bytes.
    std::string next(std::string_view previous, std::uint64_t index, std::string_view record);

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace gavel::auction
