#include "services/history/history_view.h"

#include <utility>

namespace gavel::history {

HistoryView::HistoryView(Scheduler& scheduler, Executor& writer, HistoryStore& store,
                         StorageTrouble& trouble)
    : scheduler_(scheduler),
      writer_(writer),
      store_(store),
      trouble_(trouble),
      waiting_(scheduler),
      reached_(store.reached()) {}

HistoryView::~HistoryView() {
    *alive_ = false;
}

void HistoryView::apply(const FeedPage& page, std::function<void(bool)> done) {
    // On the worker only the store and the scheduler are touched; the view may be gone by then.
    auto write = [this, alive = alive_, &store = store_, &scheduler = scheduler_, page,
                  done]() mutable {
        auto error = attempt([&] { store.append(page); });
        scheduler.post([this, alive = std::move(alive), error = std::move(error),
                        reached = Reached{page.log_id, page.index}, done = std::move(done)] {
            if (*alive) on_written(reached, error, done);
        });
    };
    if (!writer_.submit(std::move(write))) done(false);
}

void HistoryView::on_written(const Reached& reached, const std::optional<StorageError>& error,
                             const std::function<void(bool)>& done) {
    trouble_.report(error);
    const bool still_wanted = reached.log_id == reached_.log_id;
    if (error || !still_wanted) {
        done(false);
        return;
    }
    reached_ = reached;
    waiting_.release(reached.index);
    done(true);
}

void HistoryView::when_reached(std::uint64_t index, std::int64_t timeout_ms,
                               std::function<void(bool)> callback) {
    if (index <= reached_.index) {
        callback(true);
    } else {
        waiting_.add(index, timeout_ms, std::move(callback));
    }
}

}  // namespace gavel::history
