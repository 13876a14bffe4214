#include "consensus/two_phase_commit/driver/sqlite_participant_store.h"

#include <algorithm>
#include <utility>

#include "consensus/two_phase_commit/fields.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {
namespace {

constexpr int file_kind = 0x4756'3250;  // "GV2P"

}  // namespace

SqliteParticipantStore::SqliteParticipantStore(Scheduler& scheduler, Executor& executor,
                                               const std::string& path,
                                               std::function<void(const std::string&)> on_fatal)
    : file_(path, file_kind),
      batches_(
          scheduler, executor, {limits::max_waiting_commands, 1'000, std::move(on_fatal)},
          [this](const std::vector<ParticipantBatch>& batches) { return write_all(batches); }) {
    for (const auto& row : file_.rows()) {
        found_.records.push_back(ParticipantRecord::decode(row.record));
    }
    if (const auto note = file_.note(); !note.empty()) {
        found_.forgotten_us = FieldReader(note).number(0);
    }
}

void SqliteParticipantStore::load(std::function<void(std::optional<Stored>)> done) {
    done(std::exchange(found_, {}));
}

void SqliteParticipantStore::force(ParticipantBatch batch, std::function<void(bool stored)> done) {
    batches_.add(std::move(batch), [done = std::move(done)](std::optional<bool> stored) {
        done(stored.value_or(false));
    });
}

std::vector<bool> SqliteParticipantStore::write_all(const std::vector<ParticipantBatch>& batches) {
    RecordFile::Batch together;
    std::int64_t forgotten_us = 0;
    for (const auto& batch : batches) {
        forgotten_us = std::max(forgotten_us, batch.forgotten_us);
        for (const auto& record : batch.records) {
            const auto began_us = record.transaction.began_us;
            const bool is_finished = record.state != ParticipantRecord::State::prepared;
            // Finished ones are forgotten in the order in which they began.
            together.rows.push_back(
                {record.transaction.id, is_finished ? began_us : 0, began_us, record.encode()});
        }
    }
    together.drop_below = RecordFile::Position{forgotten_us + 1, 0};
    together.note = FieldWriter().number(forgotten_us).take();
    file_.write(together);
    return std::vector<bool>(batches.size(), true);
}

}  // namespace gavel::two_phase
