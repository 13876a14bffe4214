#pragma once

#include <cstdint>

#include "common/runtime/scheduler.h"

namespace gavel {

// Deadlines of many things that nearly always end in time, such as calls: setting and dropping one
// costs a few pointers, where a timer each would cost a search and memory. Most wait equally long,
// so a list in the order of their ends, entered from the back, is enough.
//
// Loop thread only. Borrows the scheduler. An entry that is destroyed has no deadline any more, and
// may outlive this.
class Deadlines {
  public:
    // What has a deadline. passed() is called once, when it is over; it may destroy the entry.
    class Entry {
      public:
        Entry() = default;
        virtual ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        virtual void passed() = 0;

      private:
        friend class Deadlines;

        Entry* before_ = nullptr;
        Entry* after_ = nullptr;  // null: it has no deadline
        std::int64_t due_us_ = 0;
    };

    explicit Deadlines(Scheduler& scheduler);
    ~Deadlines();
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;

    // REQUIRES: the entry has no deadline yet.
    void set(Entry& entry, std::int64_t after_ms);
    // Forgets it; one that has passed, or has none, is ignored.
    void drop(Entry& entry);

  private:
    // The list's end on either side.
    struct End : Entry {
        void passed() override {}
    };

    void watch_first();
    void pass_due();
    static void unlink(Entry& entry);

    Scheduler& scheduler_;
    End end_;
    TimerId timer_;  // at or before the first deadline; unset when there was none
};

}  // namespace gavel
