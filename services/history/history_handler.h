#pragma once

#include <cstdint>
#include <functional>

#include "common/feed/stored_view_handler.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/history/history_reader.h"
#include "services/history/note_writer.h"

namespace gavel::history {

// The HTTP side of the history service. Loop thread only; what touches the disk runs on a worker
// and is answered later. Borrows everything it is given.
class HistoryHandler : public StoredViewHandler {
  public:
    struct Parts {
        Scheduler& scheduler;
        Executor& reading;
        HistoryReader& reader;  // used by `reading` alone
        StoredView& view;
        NoteWriter& notes;
        std::function<bool()> connected;             // does the feed come?
        std::function<std::int64_t()> unix_time_us;  // stamps what clients post
    };

    explicit HistoryHandler(Parts parts);

  private:
    void post_event(const JSONRequest& request, const Responder& respond);
    void get_events(const JSONRequest& request, const Responder& respond);

    HistoryReader& reader_;
    NoteWriter& notes_;
    const std::function<std::int64_t()> unix_time_us_;
};

}  // namespace gavel::history
