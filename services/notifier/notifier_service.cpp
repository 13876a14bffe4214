#include "services/notifier/notifier_service.h"

#include "common/limits.h"

namespace gavel::notifier {

NotifierService::NotifierService(Scheduler& scheduler, ServiceClient& auctions,
                                 const NotifierOptions& options)
    : trouble_("notifier_service", "notices", options.on_fatal),
      store_(options.path),
      disk_("notices", limits::max_queued_notice_tasks),
      view_(scheduler, disk_, store_, trouble_),
      follower_("notifier_service", scheduler, auctions, view_),
      handler_({scheduler, disk_, store_, view_, [this] { return follower_.connected(); }}) {}

}  // namespace gavel::notifier
