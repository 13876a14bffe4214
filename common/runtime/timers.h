#pragma once

#include <map>
#include <optional>

#include "common/runtime/scheduler.h"

namespace gavel {

// Pending timers in the order they fall due; equal times in the order they were set.
// Not thread-safe: owned by a loop.
class Timers {
  public:
    TimerId add(std::int64_t due_us, Task task) {
        const TimerId id{due_us, ++last_serial_};
        tasks_.emplace(id, std::move(task));
        return id;
    }

    // The task goes last, when the map is whole again: what it owns may set or remove timers.
    void remove(TimerId id) { const auto removed = tasks_.extract(id); }

    bool empty() const { return tasks_.empty(); }

    std::optional<std::int64_t> next_due_us() const {
        if (tasks_.empty()) return std::nullopt;
        return tasks_.begin()->first.due_us;
    }

    // Takes the first timer that is due at `now_us`; an empty task when none is.
    Task take_due(std::int64_t now_us) {
        if (tasks_.empty() || tasks_.begin()->first.due_us > now_us) return {};
        Task task = std::move(tasks_.begin()->second);
        tasks_.erase(tasks_.begin());
        return task;
    }

  private:
    std::map<TimerId, Task> tasks_;
    std::uint64_t last_serial_ = 0;
};

}  // namespace gavel
