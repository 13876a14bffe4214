#include "services/history/note_writer.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "common/limits.h"
#include "tests/history/failing_sync.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_directory.h"

namespace gavel::history {
namespace {

struct Notes {
    explicit Notes(const std::string& path = "", const std::string& vfs = "") : store(path, vfs) {}

    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    HistoryStore store;
    int fatal = 0;
    StorageTrouble trouble{"history_service", "history", [this](const std::string&) { ++fatal; }};
    std::unique_ptr<NoteWriter> notes =
        std::make_unique<NoteWriter>(scheduler, executor, store, trouble);
    std::string told;

    void add(const std::string& name, std::size_t bytes = 1) {
        Note note;
        note.payload = '"' + std::string(bytes, 'x') + '"';
        notes->add(note, [this, name](NoteResult result) {
            told += name + (result == NoteResult::stored      ? "+"
                            : result == NoteResult::try_again ? "?"
                                                              : "!");
        });
    }
    void run() {
        while (executor.queued() > 0) {
            executor.run_next();
            scheduler.run_ready();
        }
    }
    std::string count() { return store.database().query_text("SELECT count(*) FROM events"); }
};

TEST_CASE("a note is acknowledged after it was stored") {
    Notes notes;
    notes.add("a");
    CHECK(notes.told.empty());
    notes.executor.run_all();
    CHECK(notes.count() == "1");
    CHECK(notes.told.empty());
    notes.scheduler.run_ready();
    CHECK(notes.told == "a+");
}

TEST_CASE("what arrives while the disk is busy shares the next write") {
    Notes notes;
    for (const char* name : {"a", "b", "c"}) notes.add(name);
    CHECK(notes.executor.queued() == 1);
    notes.executor.run_next();
    notes.scheduler.run_ready();
    CHECK(notes.told == "a+");
    CHECK(notes.executor.queued() == 1);
    notes.executor.run_next();
    notes.scheduler.run_ready();
    CHECK(notes.told == "a+b+c+");
    CHECK(notes.executor.queued() == 0);
}

TEST_CASE("a full disk acknowledges nothing and is over when there is room") {
    Notes notes;
    notes.store.database().query_text("PRAGMA max_page_count = 1");
    notes.add("a", 9'000);
    notes.add("b", 9'000);
    notes.run();
    CHECK(notes.told == "a?b?");
    CHECK(notes.count() == "0");
    notes.store.database().query_text("PRAGMA max_page_count = 1000000");
    notes.add("c");
    notes.run();
    CHECK(notes.told == "a?b?c+");
    CHECK(notes.fatal == 0);
}

TEST_CASE("a failed sync promises nothing and asks for the end of the process, once") {
    const testing::TemporaryDirectory directory;
    testing::FailingSync vfs;
    Notes notes(directory.file("history.db"), testing::FailingSync::name);
    testing::FailingSync::failing = true;
    notes.add("a");
    notes.add("b");
    notes.run();
    testing::FailingSync::failing = false;
    notes.add("c");
    notes.run();
    CHECK(notes.told == "a!b!c!");
    CHECK(notes.fatal == 1);
}

TEST_CASE("a full worker queue refuses, the notes that waited too") {
    Notes notes;
    notes.add("a");
    notes.add("b");
    notes.executor.full = true;
    notes.run();
    CHECK(notes.told == "a+b?");
    notes.executor.full = false;
    notes.add("c");
    notes.run();
    CHECK(notes.told == "a+b?c+");
}

TEST_CASE("too many waiting notes: the next one is refused, none is lost") {
    Notes notes;
    for (std::size_t i = 0; i < limits::max_waiting_notes + 1; ++i) notes.add("");
    notes.add("late");
    CHECK(notes.told == "late?");
    notes.run();
    CHECK(notes.count() == std::to_string(limits::max_waiting_notes + 1));
}

TEST_CASE("a write that ends after the writer has gone calls nobody") {
    Notes notes;
    notes.add("a");
    notes.notes.reset();
    notes.run();
    CHECK(notes.told.empty());
    CHECK(notes.count() == "1");
}

}  // namespace
}  // namespace gavel::history
