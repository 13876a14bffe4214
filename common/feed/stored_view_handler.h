#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "common/feed/stored_view.h"
#include "common/http/json_request_handler.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"

namespace gavel {

// What the HTTP sides of services with a StoredView have in common: reads that wait for the view
// and for the disk, `/livez` and `/readyz`. Loop thread only; borrows everything it is given.
class StoredViewHandler : public JSONRequestHandler {
  public:
    struct Reads {
        Scheduler& scheduler;
        Executor& disk;  // reads run here
        StoredView& view;
        std::function<bool()> connected;  // does the feed come?
        std::string service;              // as its logs call it
        std::string who;                  // as clients are told who is behind or overloaded
        std::string what;                 // as the log tells what cannot be read
    };

  protected:
    // Positions of events and pages are SQLite's integers.
    static constexpr std::uint64_t max_position = std::numeric_limits<std::int64_t>::max();

    explicit StoredViewHandler(Reads reads);

    // Answers with what `read` makes on the disk's thread, once the view shows everything up to
    // ?min_index=; `Gavel-Index` tells how far it had come. 503 when the view takes longer than
    // limits::read_wait_ms or too many reads wait or there is no room on the disk, what an
    // HTTPError of `read` says, 500 when it throws anything else.
    void answer(const JSONRequest& request, const Responder& respond,
                std::function<Response()> read);

  private:
    void read_now(std::function<Response()> read, const Responder& respond);
    JSONResponse livez(const JSONRequest& request);
    JSONResponse readyz(const JSONRequest& request);

    Reads reads_;
};

}  // namespace gavel
