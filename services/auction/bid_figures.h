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

    // The outcome of a command that counts; null: the log did not take it.
    void note(const Outcome* outcome);

    void append_to(MetricsPage& page) const;

  private:
    std::array<std::uint64_t, static_cast<std::size_t>(last_outcome_code) + 1> by_code_{};
    std::uint64_t unavailable_ = 0;
};

}  // namespace gavel::auction
