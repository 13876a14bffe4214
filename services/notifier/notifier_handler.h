#pragma once

#include <cstdint>
#include <functional>

#include "common/feed/stored_view_handler.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "services/notifier/notice_store.h"

namespace gavel::notifier {

// The HTTP side of the notifier. Loop thread only; what touches the disk runs on the worker and is
// answered later. Borrows everything it is given. Webhooks are for operators: who that is, the
// gateway knows.
class NotifierHandler : public StoredViewHandler {
  public:
    struct Parts {
        Scheduler& scheduler;
        Executor& disk;
        NoticeStore& store;  // used by `disk` alone
        StoredView& view;
        std::function<bool()> connected;  // does the feed come?
        std::function<std::int64_t()> unix_us;
        std::function<void()> on_webhooks_changed;
        bool allow_private_webhooks = false;
    };

    explicit NotifierHandler(Parts parts);

  private:
    void get_notifications(const JSONRequest& request, const Responder& respond);
    void add_webhook(const JSONRequest& request, const Responder& respond);
    void list_webhooks(const JSONRequest& request, const Responder& respond);
    void remove_webhook(const JSONRequest& request, const Responder& respond);

    // The same, after which webhooks may be others.
    Responder changing_webhooks(const Responder& respond) const;

    NoticeStore& store_;
    std::function<std::int64_t()> unix_us_;
    std::function<void()> on_webhooks_changed_;
    const bool allow_private_webhooks_;
};

}  // namespace gavel::notifier
