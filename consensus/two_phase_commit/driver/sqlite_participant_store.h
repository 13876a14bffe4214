#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/two_phase_commit/driver/batches.h"
#include "consensus/two_phase_commit/driver/participant_store.h"
#include "consensus/two_phase_commit/driver/record_file.h"

namespace gavel::two_phase {

// A participant's records in a file of this machine, for a service that has no log of its own.
// Borrows scheduler and executor; the executor must run none of its tasks after this has gone.
class SqliteParticipantStore : public ParticipantStore {
  public:
    // "" and ":memory:" keep nothing. Throws as RecordFile does. `on_fatal`: a sync failed, the
    // process must end.
    SqliteParticipantStore(Scheduler& scheduler, Executor& executor, const std::string& path,
                           std::function<void(const std::string&)> on_fatal);

    void load(std::function<void(std::optional<Stored>)> done) override;
    void force(ParticipantBatch batch, std::function<void(bool stored)> done) override;

  private:
    std::vector<bool> write_all(const std::vector<ParticipantBatch>& batches);

    RecordFile file_;
    Stored found_;  // at the start, until it is handed over
    Batches<ParticipantBatch, bool> batches_;
};

}  // namespace gavel::two_phase
