#include "services/history/history_service.h"

#include "common/clock/clock.h"
#include "common/limits.h"

namespace gavel::history {
namespace {

std::unique_ptr<Database> connection_for_reading(const HistoryStore& store,
                                                 const std::string& path) {
    if (store.in_memory()) return nullptr;
    return std::make_unique<Database>(path, Database::Mode::read_only);
}

std::unique_ptr<Worker> worker_for_reading(const HistoryStore& store) {
    if (store.in_memory()) return nullptr;
    return std::make_unique<Worker>("history-read", limits::max_queued_history_reads);
}

}  // namespace

HistoryService::HistoryService(Scheduler& scheduler, ServiceClient& auctions,
                               const HistoryOptions& options)
    : trouble_("history_service", "history", options.on_fatal),
      store_(options.path),
      reading_connection_(connection_for_reading(store_, options.path)),
      reader_(reading_connection_ ? *reading_connection_ : store_.database()),
      writing_worker_("history-write"),
      reading_worker_(worker_for_reading(store_)),
      view_(scheduler, writing_worker_, store_, trouble_),
      waits_(scheduler, writing_worker_,
             [this](const EventWaits::Event& event) {
                 return store_.has_event(event.log_id, event.auction_id, event.type);
             }),
      follower_("history_service", scheduler, auctions, view_),
      notes_(scheduler, writing_worker_, store_, trouble_),
      handler_({scheduler, reading_worker_ ? *reading_worker_ : writing_worker_, reader_, view_,
                notes_, [this] { return follower_.connected(); }, wall_clock_us}) {
    view_.on_stored([this](const FeedPage& page) { waits_.stored(page); });
    // A transaction costs much more than an event in it.
    follower_.pause_between_pages(limits::stored_view_pause_ms);
    view_.when_waited_for([this] { follower_.hurry(); });
}

}  // namespace gavel::history
