#include "common/feed/stored_view.h"

#include <utility>

namespace gavel {

StoredView::StoredView(Scheduler& scheduler, Executor& writer, FeedStore& store,
                       StorageTrouble& trouble)
    : scheduler_(scheduler),
      writer_(writer),
      store_(store),
      trouble_(trouble),
      waiting_(scheduler),
      reached_(store.reached()) {}

StoredView::~StoredView() {
    *alive_ = false;
}

void StoredView::apply(const FeedPage& page, std::function<void(bool)> done) {
    // On the worker only the store and the scheduler are touched; the view may be gone by then.
    auto write = [this, alive = alive_, &store = store_, &scheduler = scheduler_, page,
                  done]() mutable {
        auto error = attempt([&] { store.append(page); });
        scheduler.post([this, alive = std::move(alive), error = std::move(error),
                        page = std::move(page), done = std::move(done)] {
            if (*alive) on_written(page, error, done);
        });
    };
    if (!writer_.submit(std::move(write))) done(false);
}

void StoredView::on_written(const FeedPage& page, const std::optional<StorageError>& error,
                            const std::function<void(bool)>& done) {
    trouble_.report(error);
    const bool still_wanted = page.log_id == reached_.log_id;
    if (error || !still_wanted) {
        done(false);
        return;
    }
    reached_ = {page.log_id, page.index};
    if (on_stored_) on_stored_(page);
    waiting_.release(page.index);
    done(true);
}

void StoredView::when_reached(std::uint64_t index, std::int64_t timeout_ms,
                              std::function<void(bool)> callback) {
    if (index <= reached_.index) {
        callback(true);
    } else {
        waiting_.add(index, timeout_ms, std::move(callback));
        if (waited_for_) waited_for_();
    }
}

}  // namespace gavel
