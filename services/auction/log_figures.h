#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metrics/metrics_page.h"

namespace gavel::auction {

// How many commands were appended to the log together, and how long that took on the disk. Loop
// thread only.
class LogFigures {
  public:
    void note(std::size_t commands, std::int64_t flush_us) {
        batches_.add(static_cast<double>(commands));
        flushes_.add_us(flush_us);
    }

    void append_to(MetricsPage& page) const {
        page.histogram("gavel_log_batch_entries", "Entries that were appended to the log together.",
                       {}, batches_);
        page.histogram("gavel_log_flush_duration_seconds",
                       "How long an append to the log took on the disk, its fsync included.", {},
                       flushes_);
    }

  private:
    SizeHistogram batches_;
    DurationHistogram flushes_;
};

}  // namespace gavel::auction
