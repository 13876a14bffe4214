#include "services/notifier/notifier_service.h"

#include "common/limits.h"

namespace gavel::notifier {

NotifierService::NotifierService(Scheduler& scheduler, ServiceClient& auctions,
                                 const NotifierOptions& options)
    : trouble_("notifier_service", "notices", options.on_fatal),
      store_(options.path),
      disk_("notices", limits::max_queued_notice_tasks),
      view_(scheduler, disk_, store_, trouble_),
      waits_(scheduler, disk_,
             [this](const EventWaits::Event& event) {
                 return store_.has_notice(event.log_id, event.auction_id);
             }),
      follower_("notifier_service", scheduler, auctions, view_),
      web_(options.post ? std::nullopt : std::optional<WebClient>(std::in_place)),
      webhooks_({scheduler, disk_, store_.webhooks(), trouble_,
                 options.post ? options.post
                              : [this](const WebPost& post) { return web_->post(post, stopping_); },
                 [] { return std::make_unique<Worker>("webhooks"); }, options.unix_us,
                 options.allow_private_webhooks}),
      handler_({scheduler, disk_, store_, view_, [this] { return follower_.connected(); },
                options.unix_us, [this] { webhooks_.wake(); }, options.allow_private_webhooks}) {
    view_.on_stored([this](const FeedPage& page) {
        waits_.stored(page);
        webhooks_.wake();
    });
    // A transaction costs much more than an event in it.
    follower_.pause_between_pages(limits::stored_view_pause_ms);
    view_.when_waited_for([this] { follower_.hurry(); });
}

}  // namespace gavel::notifier
