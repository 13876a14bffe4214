#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "common/runtime/scheduler.h"

namespace gavel {

// Reads that wait until a view has reached an index, each for a time of its own. Loop thread only.
class WaitingReads {
  public:
    using Callback = std::function<void(bool reached)>;

    explicit WaitingReads(Scheduler& scheduler) : scheduler_(scheduler) {}
    ~WaitingReads();
    WaitingReads(const WaitingReads&) = delete;
    WaitingReads& operator=(const WaitingReads&) = delete;

    // Calls back with true once release() has seen the index, with false after the time-out, or
    // at once when too many wait. After destruction nobody is called.
    void add(std::uint64_t index, std::int64_t timeout_ms, Callback callback);

    // The view has reached this index.
    void release(std::uint64_t reached);

  private:
    struct Waiting {
        Callback callback;
        TimerId deadline;
    };
    // Equal indexes in the order they came.
    using Key = std::pair<std::uint64_t, std::uint64_t>;

    Scheduler& scheduler_;
    std::map<Key, Waiting> waiting_;
    std::uint64_t last_serial_ = 0;
};

}  // namespace gavel
