#include "consensus/two_phase_commit/decision_table.h"

#include <doctest/doctest.h>

#include "consensus/two_phase_commit/fields.h"

namespace gavel::two_phase {
namespace {

using Type = DecisionCommand::Type;
using Verdict = DecisionOutcome::Verdict;

DecisionCommand begin(const std::string& key, std::int64_t now_us = 1'000) {
    DecisionCommand command;
    command.type = Type::begin;
    command.now_us = now_us;
    command.key = key;
    command.fingerprint = "f";
    command.vote_time_us = 100;
    command.transaction.kind = "close";
    command.transaction.payload = R"({"auction_id":"7"})";
    command.transaction.lock = "auction 7";
    command.transaction.participants = {"p1", "p2"};
    return command;
}

DecisionCommand decide(const std::string& id, Decision decision, int status = 0,
                       std::int64_t now_us = 2'000) {
    DecisionCommand command;
    command.type = Type::decide;
    command.now_us = now_us;
    command.id = id;
    command.decision = decision;
    command.votes = {{"p1", true}};
    command.facts = {{"p1", R"({"winner":"ann"})"}};
    command.refusal.status = status;
    return command;
}

DecisionCommand forget(const std::string& id, std::int64_t now_us = 3'000) {
    DecisionCommand command;
    command.type = Type::forget;
    command.now_us = now_us;
    command.id = id;
    return command;
}

std::string begun(DecisionTable& table, const std::string& key, std::int64_t now_us = 1'000) {
    const auto outcome = table.apply(begin(key, now_us));
    REQUIRE(outcome.verdict == Verdict::done);
    return outcome.record->transaction.id;
}

TEST_CASE("a transaction begins PENDING, with an id and a deadline that the table makes") {
    DecisionTable table;
    const auto outcome = table.apply(begin("k"));
    REQUIRE(outcome.record);
    CHECK(outcome.record->decision == Decision::pending);
    CHECK(outcome.record->transaction.id == "k.1000");
    CHECK(outcome.record->transaction.began_us == 1'000);
    CHECK(outcome.record->transaction.deadline_us == 1'100);
}

TEST_CASE("times of transactions rise and differ, also when clocks stand still or go back") {
    DecisionTable table;
    CHECK(begun(table, "a", 1'000) == "a.1000");
    CHECK(begun(table, "b", 1'000) == "b.1001");
    CHECK(begun(table, "c", 500) == "c.1002");
}

TEST_CASE("requests with one key are one transaction") {
    DecisionTable table;
    const auto id = begun(table, "k");
    const auto again = table.apply(begin("k"));
    CHECK(again.verdict == Verdict::not_done);
    CHECK(again.record->transaction.id == id);
    CHECK(table.unfinished().size() == 1);
}

TEST_CASE("a decision is made once: who comes second is told the first") {
    DecisionTable table;
    const auto id = begun(table, "k");
    CHECK(table.apply(decide(id, Decision::abort, 503)).verdict == Verdict::done);
    const auto second = table.apply(decide(id, Decision::commit));
    CHECK(second.verdict == Verdict::not_done);
    CHECK(second.record->decision == Decision::abort);
    const auto same = table.apply(decide(id, Decision::abort, 503));
    CHECK(same.verdict == Verdict::not_done);
    CHECK(same.record->decided_us == 2'000);
}

TEST_CASE("what is not there is not decided, not forgotten, and looked up in vain") {
    DecisionTable table;
    DecisionCommand look;
    look.id = "nobody";
    for (const auto& command : {decide("nobody", Decision::commit), forget("nobody"), look}) {
        const auto outcome = table.apply(command);
        CHECK(outcome.verdict == Verdict::unknown);
        CHECK_FALSE(outcome.record.has_value());
    }
}

TEST_CASE("what is not decided is not forgotten") {
    DecisionTable table;
    const auto id = begun(table, "k");
    CHECK(table.apply(forget(id)).verdict == Verdict::not_done);
    CHECK_FALSE(table.find(id)->is_finished());
}

TEST_CASE("a finished transaction keeps its answer and loses its payload") {
    DecisionTable table;
    const auto id = begun(table, "k");
    table.apply(decide(id, Decision::commit));
    CHECK(table.apply(forget(id)).verdict == Verdict::done);
    CHECK(table.apply(forget(id)).verdict == Verdict::not_done);
    const auto* const record = table.find(id);
    REQUIRE(record != nullptr);
    CHECK(record->decision == Decision::commit);
    CHECK(record->transaction.payload.empty());
    CHECK(record->facts.empty());
    CHECK(table.unfinished().empty());
    CHECK(table.apply(begin("k")).record->transaction.id == id);
}

TEST_CASE("only the newest transaction of a key is replaced, and only by naming it") {
    DecisionTable table;
    const auto first = begun(table, "k");
    table.apply(decide(first, Decision::abort, 503));
    auto again = begin("k");
    again.replaces = first;
    const auto second = table.apply(again);
    REQUIRE(second.verdict == Verdict::done);
    CHECK(second.record->transaction.id != first);
    // Late copies of both commands begin nothing.
    CHECK(table.apply(again).record->transaction.id == second.record->transaction.id);
    CHECK(table.apply(begin("k")).record->transaction.id == second.record->transaction.id);
    CHECK(table.unfinished().size() == 2);
}

TEST_CASE("above the limit of unfinished transactions nothing is begun") {
    DecisionTableLimits limits;
    limits.max_unfinished = 2;
    DecisionTable table(limits);
    const auto id = begun(table, "a");
    begun(table, "b");
    CHECK(table.apply(begin("c")).verdict == Verdict::full);
    table.apply(decide(id, Decision::abort));
    CHECK(table.apply(begin("c")).verdict == Verdict::full);
    table.apply(forget(id));
    CHECK(table.apply(begin("c")).verdict == Verdict::done);
}

TEST_CASE("finished transactions are forgotten after a day, or when they are too many") {
    DecisionTableLimits limits;
    limits.max_finished = 2;
    limits.keep_finished_us = 1'000'000;
    DecisionTable table(limits);
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(begun(table, "k" + std::to_string(i)));
        table.apply(decide(ids.back(), Decision::commit));
        table.apply(forget(ids.back()));
    }
    CHECK(table.find(ids[0]) == nullptr);
    CHECK(table.find(ids[2]) != nullptr);
    const auto late = begun(table, "late", 2'000'000);
    table.apply(decide(late, Decision::commit, 0, 2'000'000));
    table.apply(forget(late, 2'000'000));
    CHECK(table.find(ids[2]) == nullptr);
    CHECK(table.find(late) != nullptr);
}

TEST_CASE("a request that is older than what was forgotten begins nothing") {
    DecisionTableLimits limits;
    limits.max_finished = 0;
    DecisionTable table(limits);
    const auto id = begun(table, "k");
    table.apply(decide(id, Decision::commit));
    table.apply(forget(id));
    REQUIRE(table.find(id) == nullptr);
    CHECK(table.apply(begin("k", 1'000)).verdict == Verdict::expired);
    CHECK(table.apply(begin("k", 5'000)).verdict == Verdict::done);
}

TEST_CASE("pages go from the newest to the oldest") {
    DecisionTable table;
    for (int i = 0; i < 5; ++i) begun(table, "k" + std::to_string(i));
    const auto first = table.newest(1'000'000, 2);
    REQUIRE(first.size() == 2);
    CHECK(first[0].key == "k4");
    CHECK(first[1].key == "k3");
    const auto second = table.newest(first[1].transaction.began_us, 10);
    REQUIRE(second.size() == 3);
    CHECK(second[0].key == "k2");
    CHECK(table.newest(0, 10).empty());
}

TEST_CASE("a table that was stored and read again is the same table, byte for byte") {
    DecisionTableLimits limits;
    limits.max_finished = 1;
    DecisionTable table(limits);
    for (int i = 0; i < 4; ++i) {
        const auto id = begun(table, "k" + std::to_string(i), 10'000 * (i + 1));
        if (i == 3) continue;
        table.apply(decide(id, i == 1 ? Decision::abort : Decision::commit, i == 1 ? 409 : 0));
        if (i != 2) table.apply(forget(id));
    }
    const auto bytes = table.serialize();
    const auto again = DecisionTable::deserialize(bytes, limits);
    CHECK(again == table);
    CHECK(again.serialize() == bytes);
}

TEST_CASE("commands and outcomes come back from their bytes") {
    DecisionTable table;
    const auto id = begun(table, "k");
    DecisionCommand look;
    look.id = id;
    for (const auto& command : {begin("k"), decide(id, Decision::commit),
                                decide(id, Decision::abort, 404), forget(id), look}) {
        CHECK(DecisionCommand::decode(command.encode()) == command);
        const auto outcome = table.apply(command);
        CHECK(DecisionOutcome::decode(outcome.encode()) == outcome);
    }
    CHECK(DecisionOutcome::decode(DecisionOutcome{}.encode()) == DecisionOutcome{});
}

TEST_CASE("bytes that are cut off, longer or changed are malformed, and read no further") {
    DecisionTable table;
    begun(table, "k");
    const auto bytes = table.serialize();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(DecisionTable::deserialize(bytes.substr(0, size)), MalformedRecord);
    }
    CHECK_THROWS_AS(DecisionTable::deserialize(bytes + "0:"), MalformedRecord);
    for (const char* bad : {"", "x", "1:9", "1:1,", "99999999999999999999:a", "-1:a", "1:x2:12"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(DecisionTable::deserialize(bad), MalformedRecord);
        CHECK_THROWS_AS(DecisionCommand::decode(bad), MalformedRecord);
        CHECK_THROWS_AS(DecisionOutcome::decode(bad), MalformedRecord);
    }
    // To decide is to commit or to abort.
    auto command = decide("id", Decision::pending);
    CHECK_THROWS_AS(DecisionCommand::decode(command.encode()), MalformedRecord);
}

}  // namespace
}  // namespace gavel::two_phase
