#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/logging/logging.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "common/storage/sqlite.h"

namespace gavel::two_phase {

// Hands items to a disk's thread in batches: one is there, and what arrives meanwhile shares the
// next fsync. Loop thread only; borrows what it is given. `work` runs on the executor, with the
// items in order, and gives one result for each or throws for all.
template <class Item, class Result>
class Batches {
  public:
    using Work = std::function<std::vector<Result>(const std::vector<Item>&)>;
    // Nothing: it failed, or too many wait.
    using Done = std::function<void(std::optional<Result>)>;
    struct Options {
        std::size_t max_waiting = 0;
        std::size_t max_batch = 1'000;
        // A sync failed: what is on disk is unknown, and the process must end.
        std::function<void(const std::string&)> on_fatal;
    };

    Batches(Scheduler& scheduler, Executor& executor, Options options, Work work)
        : scheduler_(scheduler),
          executor_(executor),
          options_(std::move(options)),
          work_(std::move(work)) {}
    ~Batches() { *alive_ = false; }
    Batches(const Batches&) = delete;
    Batches& operator=(const Batches&) = delete;

    void add(Item item, Done done) {
        if (waiting_.size() >= options_.max_waiting) {
            done(std::nullopt);
            return;
        }
        waiting_.emplace_back(std::move(item), std::move(done));
        if (under_way_.empty()) begin();
    }

  private:
    void begin() {
        std::vector<Item> items;
        while (!waiting_.empty() && items.size() < options_.max_batch) {
            items.push_back(std::move(waiting_.front().first));
            under_way_.push_back(std::move(waiting_.front().second));
            waiting_.pop_front();
        }
        auto task = [this, alive = alive_, &scheduler = scheduler_, work = work_,
                     items = std::move(items)] {
            std::vector<Result> results;
            std::optional<StorageError> error;
            try {
                results = work(items);
            } catch (const StorageError& failure) {
                error = failure;
            } catch (const std::exception& failure) {
                error = StorageError(StorageError::Kind::other, failure.what());
            }
            scheduler.post([this, alive, results = std::move(results), error]() mutable {
                if (*alive) ended(std::move(results), error);
            });
        };
        if (!executor_.submit(std::move(task))) {
            ended({}, StorageError(StorageError::Kind::other, "the disk's queue is full"));
        }
    }

    void ended(std::vector<Result> results, const std::optional<StorageError>& error) {
        report(error);
        const auto done = std::exchange(under_way_, {});
        // The next batch first: what the callbacks add rides in the one after it.
        if (!waiting_.empty()) begin();
        for (std::size_t i = 0; i < done.size(); ++i) {
            done[i](error ? std::nullopt : std::optional<Result>(std::move(results[i])));
        }
    }

    void report(const std::optional<StorageError>& error) {
        if (!error) {
            complained_ = false;
        } else if (!std::exchange(complained_, true)) {
            service_logger("two_phase")->error("cannot store transactions: {}", error->what());
        }
        if (error && error->kind() == StorageError::Kind::sync_failed && options_.on_fatal) {
            options_.on_fatal(error->what());
        }
    }

    Scheduler& scheduler_;
    Executor& executor_;
    const Options options_;
    const Work work_;
    std::deque<std::pair<Item, Done>> waiting_;
    std::vector<Done> under_way_;  // empty: the disk is free
    bool complained_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::two_phase
