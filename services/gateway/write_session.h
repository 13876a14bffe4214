#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace gavel::gateway {

// Numbers the writes of one gateway, so that the auction service knows a repeated one when its
// client sent no Idempotency-Key (services/auction/session_table.h). Tells with each of them the
// lowest number whose answer is still waited for; what is below it the service forgets.
// Loop thread only.
class WriteSession {
  public:
    // `id` must be random: no other gateway, and no other start of this one, may have it.
    explicit WriteSession(std::uint64_t id) : id_(id) {}

    // Begins a write and gives its serial; end() says that its answer is no longer waited for.
    std::uint64_t begin();
    void end(std::uint64_t serial) { in_flight_.erase(serial); }

    // The value of the Gavel-Session header. REQUIRES: the write was begun and has not ended.
    std::string header_for(std::uint64_t serial) const;

  private:
    const std::uint64_t id_;
    std::uint64_t last_serial_ = 0;
    std::set<std::uint64_t> in_flight_;  // bounded by what the services' clients let in
};

}  // namespace gavel::gateway
