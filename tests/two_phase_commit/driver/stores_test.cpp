#include <doctest/doctest.h>

#include "consensus/two_phase_commit/driver/sqlite_decision_store.h"
#include "consensus/two_phase_commit/driver/sqlite_participant_store.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_directory.h"

namespace gavel::two_phase {
namespace {

using Verdict = DecisionOutcome::Verdict;

DecisionCommand command(DecisionCommand::Type type, const std::string& name) {
    DecisionCommand made;
    made.type = type;
    made.now_us = 1'000;
    made.key = name;
    made.id = name;
    made.decision = Decision::commit;
    made.transaction.payload = "{}";
    made.transaction.participants = {"p"};
    return made;
}

// A store whose disk writes when the test says so.
struct Storing {
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::ManualExecutor disk;
    std::vector<std::string> fatal;
    SqliteDecisionStore store;

    explicit Storing(const std::string& path, const DecisionTableLimits& limits = {})
        : store(
              scheduler, disk, path, [this](const std::string& why) { fatal.push_back(why); },
              limits) {}

    void settle() {
        for (int i = 0; i < 10; ++i) {
            disk.run_all();
            scheduler.run_ready();
        }
    }
    std::optional<DecisionOutcome> apply(const DecisionCommand& wanted) {
        std::optional<DecisionOutcome> got;
        store.apply(wanted, [&](std::optional<DecisionOutcome> outcome) { got = outcome; });
        settle();
        return got;
    }
};

TEST_CASE("an outcome is told when it is on disk, and not before") {
    Storing s("");
    int told = 0;
    s.store.apply(command(DecisionCommand::Type::begin, "k"), [&](const auto&) { ++told; });
    s.scheduler.run_ready();
    CHECK(told == 0);
    CHECK(s.disk.queued() == 1);
    s.settle();
    CHECK(told == 1);
}

TEST_CASE("commands that arrive while the disk writes share the next write") {
    Storing s("");
    int told = 0;
    for (int i = 0; i < 100; ++i) {
        s.store.apply(command(DecisionCommand::Type::begin, "k" + std::to_string(i)),
                      [&](const auto&) { ++told; });
    }
    s.disk.run_next();
    s.scheduler.run_ready();
    CHECK(told == 1);
    CHECK(s.disk.queued() == 1);
    s.disk.run_next();
    s.scheduler.run_ready();
    CHECK(told == 100);
}

TEST_CASE("decisions are there after a restart, and the table goes on from them") {
    const gavel::testing::TemporaryDirectory folder;
    const auto path = folder.file("decisions.db");
    std::string open_id;
    std::string decided_id;
    {
        Storing s(path);
        open_id = s.apply(command(DecisionCommand::Type::begin, "a"))->record->transaction.id;
        decided_id = s.apply(command(DecisionCommand::Type::begin, "b"))->record->transaction.id;
        s.apply(command(DecisionCommand::Type::decide, decided_id));
    }
    Storing s(path);
    CHECK(s.apply(command(DecisionCommand::Type::look, open_id))->record->decision ==
          Decision::pending);
    CHECK(s.apply(command(DecisionCommand::Type::look, decided_id))->record->decision ==
          Decision::commit);
    CHECK(s.apply(command(DecisionCommand::Type::begin, "a"))->verdict == Verdict::not_done);
    // Time does not go back.
    CHECK(s.apply(command(DecisionCommand::Type::begin, "c"))->record->transaction.began_us ==
          1'002);
    std::vector<DecisionRecord> unfinished;
    DecisionStore::Listing what;
    what.unfinished_only = true;
    s.store.list(what, [&](const auto& records) { unfinished = *records; });
    s.settle();
    CHECK(unfinished.size() == 3);
}

TEST_CASE("what the table has forgotten is gone from the file, too") {
    const gavel::testing::TemporaryDirectory folder;
    const auto path = folder.file("decisions.db");
    DecisionTableLimits limits;
    limits.max_finished = 1;
    std::vector<std::string> ids;
    {
        Storing s(path, limits);
        for (const char* key : {"a", "b"}) {
            ids.push_back(
                s.apply(command(DecisionCommand::Type::begin, key))->record->transaction.id);
            s.apply(command(DecisionCommand::Type::decide, ids.back()));
            s.apply(command(DecisionCommand::Type::forget, ids.back()));
        }
    }
    Storing s(path);
    CHECK(s.apply(command(DecisionCommand::Type::look, ids[0]))->verdict == Verdict::unknown);
    CHECK(s.apply(command(DecisionCommand::Type::look, ids[1]))->record->is_finished());
    CHECK(s.apply(command(DecisionCommand::Type::begin, "a"))->verdict == Verdict::expired);
}

TEST_CASE("a file of something else is refused, and left as it is") {
    const gavel::testing::TemporaryDirectory folder;
    const auto path = folder.file("records.db");
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::ManualExecutor disk;
    { const SqliteParticipantStore other(scheduler, disk, path, {}); }
    CHECK_THROWS_AS(Storing{path}, StorageError);
    folder.write("text.db", "this is no database, but it is long enough to look like a file");
    CHECK_THROWS_AS(Storing{folder.file("text.db")}, StorageError);
    const SqliteParticipantStore again(scheduler, disk, path, {});
}

TEST_CASE("a participant's records are there after a restart, but for what it has forgotten") {
    const gavel::testing::TemporaryDirectory folder;
    const auto path = folder.file("records.db");
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::ManualExecutor disk;
    const auto record = [](const std::string& id, std::int64_t began_us,
                           ParticipantRecord::State state) {
        ParticipantRecord made;
        made.transaction.id = id;
        made.transaction.began_us = began_us;
        made.state = state;
        return made;
    };
    {
        SqliteParticipantStore store(scheduler, disk, path, {});
        int stored = 0;
        const auto force = [&](ParticipantRecord made, std::int64_t forgotten_us) {
            ParticipantBatch batch;
            batch.records = {std::move(made)};
            batch.forgotten_us = forgotten_us;
            store.force(std::move(batch), [&](bool ok) { stored += ok ? 1 : 0; });
        };
        force(record("old", 1, ParticipantRecord::State::prepared), 0);
        force(record("a", 2, ParticipantRecord::State::committed), 0);
        force(record("b", 3, ParticipantRecord::State::prepared), 0);
        force(record("b", 3, ParticipantRecord::State::aborted), 2);
        CHECK(stored == 0);
        for (int i = 0; i < 5; ++i) {
            disk.run_all();
            scheduler.run_ready();
        }
        CHECK(stored == 4);
    }
    SqliteParticipantStore store(scheduler, disk, path, {});
    ParticipantStore::Stored found;
    store.load([&](const auto& stored) { found = *stored; });
    CHECK(found.forgotten_us == 2);
    REQUIRE(found.records.size() == 2);
    CHECK(found.records[0] == record("old", 1, ParticipantRecord::State::prepared));
    CHECK(found.records[1] == record("b", 3, ParticipantRecord::State::aborted));
}

}  // namespace
}  // namespace gavel::two_phase
