#pragma once

#include <array>
#include <cstdint>

#include "common/metrics/metrics_page.h"
#include "services/auction/command.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// What became of bids, by reason; a bid that was answered before counts once. Loop thread only.
class BidFigures {
  public:
    static bool counts(const Command& command);

    // REQUIRES: the outcome of a command that counts
    void note(const Outcome& outcome);
    // The log did not take the bid.
    void note_unavailable() { ++unavailable_; }

    void append_to(MetricsPage& page) const;

  private:
    std::array<std::uint64_t, static_cast<std::size_t>(last_outcome_code) + 1> by_code_{};
    std::uint64_t unavailable_ = 0;
};

}  // namespace gavel::auction
