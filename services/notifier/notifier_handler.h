#pragma once

#include <functional>

#include "common/feed/stored_view_handler.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/notifier/notice_store.h"

namespace gavel::notifier {

// The HTTP side of the notifier. Loop thread only; what touches the disk runs on the worker and is
// answered later. Borrows everything it is given.
class NotifierHandler : public StoredViewHandler {
  public:
    struct Parts {
        Scheduler& scheduler;
        Executor& disk;
        NoticeStore& store;  // used by `disk` alone
        StoredView& view;
        std::function<bool()> connected;  // does the feed come?
    };

    explicit NotifierHandler(Parts parts);

  private:
    void get_notifications(const JSONRequest& request, const Responder& respond);

    NoticeStore& store_;
};

}  // namespace gavel::notifier
