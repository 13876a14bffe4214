#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "common/storage/storage_trouble.h"
#include "services/history/history_store.h"

namespace gavel::history {

enum class NoteResult {
    stored,     // on disk
    try_again,  // nothing was stored: no room, or too many wait
    failed,     // nothing is promised
};

// Writes notes in batches: one is with the disk, and what arrives meanwhile shares the next sync.
// Loop thread only; borrows everything it is given, and the executor must run none of its tasks
// after the store has gone.
class NoteWriter {
  public:
    using Callback = std::function<void(NoteResult)>;

    NoteWriter(Scheduler& scheduler, Executor& writer, HistoryStore& store, StorageTrouble& trouble)
        : scheduler_(scheduler), writer_(writer), store_(store), trouble_(trouble) {}
    ~NoteWriter();
    NoteWriter(const NoteWriter&) = delete;
    NoteWriter& operator=(const NoteWriter&) = delete;

    void add(Note note, Callback callback);

  private:
    struct Waiting {
        Note note;
        Callback callback;
    };

    void write_next();
    void on_written(const std::optional<StorageError>& error);
    void finish(NoteResult result);

    Scheduler& scheduler_;
    Executor& writer_;
    HistoryStore& store_;
    StorageTrouble& trouble_;
    std::deque<Waiting> waiting_;
    std::vector<Callback> in_flight_;  // empty: the disk is free
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::history
