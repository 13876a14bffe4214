#include "services/history/note_writer.h"

#include <utility>

#include "common/limits.h"

namespace gavel::history {

NoteWriter::~NoteWriter() {
    *alive_ = false;
}

void NoteWriter::add(Note note, Callback callback) {
    if (waiting_.size() >= limits::max_waiting_notes) {
        callback(NoteResult::try_again);
        return;
    }
    waiting_.push_back({std::move(note), std::move(callback)});
    if (in_flight_.empty()) write_next();
}

void NoteWriter::write_next() {
    std::vector<Note> notes;
    while (!waiting_.empty() && notes.size() < limits::max_batch_commands) {
        notes.push_back(std::move(waiting_.front().note));
        in_flight_.push_back(std::move(waiting_.front().callback));
        waiting_.pop_front();
    }
    auto write = [this, alive = alive_, &store = store_, &scheduler = scheduler_,
                  notes = std::move(notes)]() mutable {
        auto error = attempt([&] { store.append(notes); });
        scheduler.post([this, alive = std::move(alive), error = std::move(error)] {
            if (*alive) on_written(error);
        });
    };
    if (writer_.submit(std::move(write))) return;
    // Nothing will call back to go on with the rest.
    for (auto& waiting : waiting_) in_flight_.push_back(std::move(waiting.callback));
    waiting_.clear();
    finish(NoteResult::try_again);
}

void NoteWriter::on_written(const std::optional<StorageError>& error) {
    trouble_.report(error);
    if (!error) {
        finish(NoteResult::stored);
    } else {
        finish(error->kind() == StorageError::Kind::full ? NoteResult::try_again
                                                         : NoteResult::failed);
    }
    if (in_flight_.empty() && !waiting_.empty()) write_next();
}

void NoteWriter::finish(NoteResult result) {
    const auto finished = std::exchange(in_flight_, {});
    for (const auto& callback : finished) callback(result);
}

}  // namespace gavel::history
