#include "consensus/two_phase_commit/driver/sqlite_decision_store.h"

#include <algorithm>
#include <limits>

#include "consensus/two_phase_commit/fields.h"

namespace gavel::two_phase {
namespace {

constexpr int file_kind = 0x4756'3244;  // "GV2D"

std::string encode(const DecisionTable::Clock& clock) {
    FieldWriter out;
    out.number(clock.time_us).number(clock.last_began_us).number(clock.forgotten_us);
    return out.take();
}

DecisionTable::Clock decode(const std::string& note) {
    DecisionTable::Clock clock;
    if (note.empty()) return clock;
    FieldReader in(note);
    clock.time_us = in.number(0);
    clock.last_began_us = in.number(0);
    clock.forgotten_us = in.number(0);
    in.expect_end();
    return clock;
}

}  // namespace

SqliteDecisionStore::SqliteDecisionStore(Scheduler& scheduler, Executor& executor,
                                         const std::string& path,
                                         std::function<void(const std::string&)> on_fatal,
                                         const DecisionTableLimits& limits)
    : limits_(limits),
      file_(path, file_kind),
      batches_(scheduler, executor, {limits::max_waiting_commands, 1'000, std::move(on_fatal)},
               [this](const std::vector<Question>& questions) { return answer_all(questions); }) {
    load();
}

void SqliteDecisionStore::load() {
    std::vector<DecisionRecord> records;
    for (const auto& row : file_.rows()) records.push_back(DecisionRecord::decode(row.record));
    table_ = DecisionTable(limits_, decode(file_.note()), std::move(records));
}

void SqliteDecisionStore::apply(DecisionCommand command, Applied done) {
    batches_.add(std::move(command), [done = std::move(done)](std::optional<Answer> answer) {
        if (!answer) {
            done(std::nullopt);
        } else {
            done(std::get<DecisionOutcome>(std::move(*answer)));
        }
    });
}

void SqliteDecisionStore::list(Listing what, Listed done) {
    batches_.add(what, [done = std::move(done)](std::optional<Answer> answer) {
        if (!answer) {
            done(std::nullopt);
        } else {
            done(std::get<std::vector<DecisionRecord>>(std::move(*answer)));
        }
    });
}

std::vector<SqliteDecisionStore::Answer> SqliteDecisionStore::answer_all(
    const std::vector<Question>& questions) {
    std::vector<Answer> answers;
    RecordFile::Batch batch;
    for (const auto& question : questions) {
        if (const auto* const listing = std::get_if<Listing>(&question)) {
            answers.emplace_back(records(*listing));
            continue;
        }
        auto outcome = table_.apply(std::get<DecisionCommand>(question));
        if (outcome.verdict == DecisionOutcome::Verdict::done) {
            const auto& record = *outcome.record;
            batch.rows.push_back({record.transaction.id, record.finished_us,
                                  record.transaction.began_us, record.encode()});
        }
        answers.emplace_back(std::move(outcome));
    }
    if (batch.rows.empty()) return answers;
    batch.drop_below = table_.oldest_finished();
    batch.note = encode(table_.clock());
    try {
        file_.write(batch);
    } catch (const StorageError&) {
        load();  // the table is ahead of the file
        throw;
    }
    return answers;
}

std::vector<DecisionRecord> SqliteDecisionStore::records(const Listing& what) const {
    if (what.unfinished_only) return table_.unfinished(what.limit);
    const auto before_us =
        what.before_us > 0 ? what.before_us : std::numeric_limits<std::int64_t>::max();
    return table_.newest(before_us, what.limit);
}

}  // namespace gavel::two_phase
