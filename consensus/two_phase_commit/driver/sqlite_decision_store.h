#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/two_phase_commit/decision_table.h"
#include "consensus/two_phase_commit/driver/batches.h"
#include "consensus/two_phase_commit/driver/decision_store.h"
#include "consensus/two_phase_commit/driver/record_file.h"

namespace gavel::two_phase {

// The decision table in a file of this machine. Commands that arrive together share one fsync.
//
// Borrows scheduler and executor; the executor must run none of its tasks after this has gone, and
// its thread alone uses the table meanwhile.
class SqliteDecisionStore : public DecisionStore {
  public:
    // "" and ":memory:" keep nothing. Throws as RecordFile does. `on_fatal`: a sync failed, the
    // process must end.
    SqliteDecisionStore(Scheduler& scheduler, Executor& executor, const std::string& path,
                        std::function<void(const std::string&)> on_fatal,
                        const DecisionTableLimits& limits = {});

    void apply(DecisionCommand command, Applied done) override;
    void list(Listing what, Listed done) override;

  private:
    using Question = std::variant<DecisionCommand, Listing>;
    using Answer = std::variant<DecisionOutcome, std::vector<DecisionRecord>>;

    std::vector<Answer> answer_all(const std::vector<Question>& questions);
    std::vector<DecisionRecord> records(const Listing& what) const;
    void load();

    const DecisionTableLimits limits_;
    RecordFile file_;
    DecisionTable table_;
    Batches<Question, Answer> batches_;
};

}  // namespace gavel::two_phase
