#include "consensus/two_phase_commit/participant/participant.h"

#include <doctest/doctest.h>

#include "consensus/two_phase_commit/fields.h"

namespace gavel::two_phase {
namespace {

using State = ParticipantRecord::State;
using EffectType = Effect::Type;

ParticipantConfig config() {
    ParticipantConfig made;
    made.name = "p";
    made.coordinators = {"c1", "c2"};
    made.ask_ticks = 2;
    made.ask_ticks_max = 4;
    return made;
}

// A participant whose service and disk answer when the test says so.
struct Participating {
    Participant core;
    std::vector<Message> messages;
    std::vector<ParticipantRecord> records;
    std::vector<Effect> effects;
    std::vector<std::string> damage;

    explicit Participating(const ParticipantConfig& settings = config(),
                           const std::vector<ParticipantRecord>& stored = {},
                           std::int64_t forgotten_us = 0)
        : core(settings, stored, forgotten_us) {
        take();
    }

    void take() {
        auto output = core.take_output();
        for (auto& message : output.messages) messages.push_back(std::move(message));
        for (auto& record : output.records) records.push_back(std::move(record));
        for (auto& effect : output.effects) effects.push_back(std::move(effect));
        for (auto& text : output.damage) damage.push_back(std::move(text));
    }
    void hear(MessageType type, const std::string& id, std::int64_t began_us = 10,
              const std::string& lock = "auction 7", const std::string& from = "c1") {
        Message message;
        message.type = type;
        message.from = from;
        message.to = "p";
        message.id = id;
        message.began_us = began_us;
        if (type == MessageType::vote_request) {
            message.transaction = Transaction{id, "close", "{}", "", lock, {"p"}, began_us, 100};
        }
        if (type == MessageType::global_commit) message.all_facts = {{"q", "1"}};
        core.step(message);
        take();
    }
    void ask(const std::string& id, std::int64_t began_us = 10,
             const std::string& lock = "auction 7") {
        hear(MessageType::vote_request, id, began_us, lock);
    }
    void prepared(const std::string& id) {
        core.prepared(id, "\"mine\"");
        take();
    }
    void store_all() {
        for (const auto& record : std::exchange(records, {})) core.stored(record);
        take();
    }
    void in_doubt(const std::string& id, std::int64_t began_us = 10,
                  const std::string& lock = "auction 7") {
        ask(id, began_us, lock);
        prepared(id);
        store_all();
        REQUIRE(messages.back().type == MessageType::vote_commit);
    }
    void commit(const std::string& id, std::int64_t began_us = 10) {
        hear(MessageType::global_commit, id, began_us);
        core.committed(id, "\"result\"");
        take();
        store_all();
    }
    void abort(const std::string& id, std::int64_t began_us = 10) {
        hear(MessageType::global_abort, id, began_us);
        core.aborted(id);
        take();
        store_all();
    }
    void tick(int times) {
        for (int i = 0; i < times; ++i) core.tick();
        take();
    }
    MessageType last() const { return messages.back().type; }
};

ParticipantRecord stored_record(const std::string& id, State state, std::int64_t began_us = 10) {
    ParticipantRecord record;
    record.transaction = {id, "close", "{}", "", "auction 7", {"p"}, began_us, 100};
    record.coordinator = "c1";
    record.state = state;
    record.facts = "\"mine\"";
    return record;
}

// ---- voting ------------------------------------------------------------------------------------

TEST_CASE("a vote to commit leaves when its record is durable, and not before") {
    Participating p;
    p.ask("t");
    REQUIRE(p.effects.size() == 1);
    CHECK(p.effects[0].type == EffectType::prepare);
    p.prepared("t");
    REQUIRE(p.records.size() == 1);
    CHECK(p.records[0] == stored_record("t", State::prepared));
    CHECK(p.messages.empty());
    p.store_all();
    REQUIRE(p.messages.size() == 1);
    CHECK(p.last() == MessageType::vote_commit);
    CHECK(p.messages[0].facts == "\"mine\"");
    CHECK(p.messages[0].to == "c1");
}

TEST_CASE("a service that refuses votes to abort, and nothing is stored") {
    Participating p;
    p.ask("t");
    p.core.refused("t", {422, "too late", "{}"});
    p.take();
    CHECK(p.last() == MessageType::vote_abort);
    CHECK(p.messages.back().refusal == Refusal{422, "too late", "{}"});
    CHECK(p.records.empty());
    p.ask("t");
    CHECK(p.messages.back().refusal == Refusal{422, "too late", "{}"});
}

TEST_CASE("a transaction on what is in another one is refused at once, and waits for nothing") {
    Participating p;
    p.ask("t");
    p.ask("u", 11);
    REQUIRE(p.messages.size() == 1);
    CHECK(p.last() == MessageType::vote_abort);
    CHECK(p.messages[0].refusal.status == Refusal::locked);
    CHECK(p.effects.size() == 1);
    p.ask("v", 12, "auction 8");
    p.ask("w", 13, "");
    p.ask("x", 14, "");
    CHECK(p.effects.size() == 4);
}

TEST_CASE("when a transaction is over, another one on the same can begin") {
    Participating p;
    p.in_doubt("t");
    SUBCASE("committed") {
        p.commit("t");
    }
    SUBCASE("aborted") {
        p.abort("t");
    }
    p.in_doubt("u", 11);
}

TEST_CASE("a lock is kept until the abort that frees it is durable") {
    Participating p;
    p.in_doubt("t");
    p.hear(MessageType::global_abort, "t");
    p.core.aborted("t");
    p.take();
    CHECK(p.last() == MessageType::acknowledgement);
    p.ask("u", 11);
    CHECK(p.last() == MessageType::vote_abort);
    p.core.not_stored(p.records.at(0));
    p.records.clear();
    p.tick(1);
    p.store_all();
    p.in_doubt("v", 12);
}

TEST_CASE("no room for the record: it aborts by itself, for it has promised nothing") {
    Participating p;
    p.ask("t");
    p.prepared("t");
    p.core.not_stored(p.records.at(0));
    p.take();
    CHECK(p.effects.back().type == EffectType::abort);
    CHECK(p.messages.empty());
    p.core.aborted("t");
    p.take();
    CHECK(p.last() == MessageType::vote_abort);
    CHECK(p.messages.back().refusal.status == 503);
}

TEST_CASE("an abort that comes before the vote spares it") {
    Participating p;
    p.ask("t");
    p.hear(MessageType::global_abort, "t");
    p.prepared("t");
    p.store_all();
    CHECK(p.effects.back().type == EffectType::abort);
    p.core.aborted("t");
    p.take();
    REQUIRE(p.messages.size() == 1);
    CHECK(p.last() == MessageType::acknowledgement);
}

TEST_CASE("a repeated vote-request hears the same vote") {
    Participating p;
    p.in_doubt("t");
    p.ask("t");
    CHECK(p.last() == MessageType::vote_commit);
    CHECK(p.messages.back().facts == "\"mine\"");
    CHECK(p.effects.size() == 1);
}

TEST_CASE("above the limit of open transactions it votes to abort") {
    auto settings = config();
    settings.max_open = 1;
    Participating p(settings);
    p.ask("t");
    p.ask("u", 11, "auction 8");
    CHECK(p.last() == MessageType::vote_abort);
    CHECK(p.messages.back().refusal.status == 503);
}

// ---- deciding ----------------------------------------------------------------------------------

TEST_CASE("a commit is acknowledged when it is done and durable") {
    Participating p;
    p.in_doubt("t");
    p.messages.clear();
    p.hear(MessageType::global_commit, "t");
    CHECK(p.effects.back().type == EffectType::commit);
    CHECK(p.effects.back().facts == Facts{{"q", "1"}});
    p.core.committed("t", "\"result\"");
    p.take();
    CHECK(p.messages.empty());
    REQUIRE(p.records.size() == 1);
    CHECK(p.records[0].state == State::committed);
    CHECK(p.records[0].transaction.payload.empty());
    p.store_all();
    REQUIRE(p.messages.size() == 1);
    CHECK(p.last() == MessageType::acknowledgement);
    CHECK(p.messages[0].result == "\"result\"");
}

TEST_CASE("a commit that finds no room is stored again, and not done again") {
    Participating p;
    p.in_doubt("t");
    p.hear(MessageType::global_commit, "t");
    p.core.committed("t", "");
    p.take();
    p.core.not_stored(p.records.at(0));
    p.records.clear();
    const auto effects = p.effects.size();
    p.tick(1);
    p.store_all();
    CHECK(p.last() == MessageType::acknowledgement);
    CHECK(p.effects.size() == effects);
}

TEST_CASE("after its vote it never decides alone: it asks, each coordinator in turn, and goes on") {
    Participating p;
    p.in_doubt("t");
    p.messages.clear();
    p.tick(1'000);
    REQUIRE(p.messages.size() > 200);
    for (std::size_t i = 0; i < p.messages.size(); ++i) {
        CHECK(p.messages[i].type == MessageType::inquiry);
        CHECK(p.messages[i].to == (i % 2 == 0 ? "c1" : "c2"));
    }
    CHECK(p.effects.size() == 1);
    p.hear(MessageType::pending, "t");
    CHECK(p.core.open() == 1);
}

TEST_CASE("a repeated decision is acknowledged again") {
    Participating p;
    p.in_doubt("t");
    SUBCASE("commit: with the service's first result") {
        p.commit("t");
        p.messages.clear();
        p.hear(MessageType::global_commit, "t", 10, "", "c2");
        CHECK(p.effects.back().type == EffectType::commit);
        CHECK(p.effects.back().transaction.id == "t");
        p.core.committed("t", "\"result\"");
        p.take();
        REQUIRE(p.messages.size() == 1);
        CHECK(p.messages[0].to == "c2");
        CHECK(p.messages[0].result == "\"result\"");
        CHECK(p.records.empty());
    }
    SUBCASE("abort") {
        p.abort("t");
        p.messages.clear();
        const auto effects = p.effects.size();
        p.hear(MessageType::global_abort, "t");
        CHECK(p.last() == MessageType::acknowledgement);
        CHECK(p.effects.size() == effects);
    }
}

TEST_CASE("a decision that contradicts an earlier one is refused, and told of as damage") {
    Participating p;
    p.in_doubt("t");
    const auto contradicted = [&p](MessageType type) {
        const auto effects = p.effects.size();
        p.damage.clear();
        p.hear(type, "t");
        CHECK(p.last() == MessageType::damage);
        CHECK(p.damage.size() == 1);
        CHECK(p.effects.size() == effects);
    };
    SUBCASE("abort while it commits") {
        p.hear(MessageType::global_commit, "t");
        contradicted(MessageType::global_abort);
    }
    SUBCASE("abort after it committed") {
        p.commit("t");
        contradicted(MessageType::global_abort);
    }
    SUBCASE("commit while it aborts") {
        p.hear(MessageType::global_abort, "t");
        contradicted(MessageType::global_commit);
    }
    SUBCASE("commit after it aborted") {
        p.abort("t");
        contradicted(MessageType::global_commit);
    }
}

TEST_CASE("decisions for transactions that were never prepared") {
    Participating p;
    SUBCASE("a commit is damage") {
        p.hear(MessageType::global_commit, "t");
        CHECK(p.last() == MessageType::damage);
        CHECK(p.damage.size() == 1);
    }
    SUBCASE("a commit before its vote is damage") {
        p.ask("t");
        p.hear(MessageType::global_commit, "t");
        CHECK(p.last() == MessageType::damage);
    }
    SUBCASE("an abort is fine, and its late vote-request holds nothing") {
        p.hear(MessageType::global_abort, "t");
        CHECK(p.last() == MessageType::acknowledgement);
        p.ask("t");
        CHECK(p.last() == MessageType::vote_abort);
    }
    CHECK(p.effects.size() <= 1);
    CHECK(p.records.empty());
}

// ---- restart -----------------------------------------------------------------------------------

TEST_CASE("after a restart it serves nobody before what it held is held again") {
    Participating p(config(), {stored_record("t", State::prepared)});
    CHECK_FALSE(p.core.is_serving());
    REQUIRE(p.effects.size() == 1);
    CHECK(p.effects[0].type == EffectType::restore);
    CHECK(p.effects[0].voted == "\"mine\"");
    p.ask("u", 11);
    p.hear(MessageType::global_commit, "t");
    CHECK(p.messages.empty());
    CHECK(p.effects.size() == 1);
    p.core.restored("t");
    CHECK(p.core.is_serving());
    p.ask("u", 11);
    CHECK(p.last() == MessageType::vote_abort);  // the lock is there
}

TEST_CASE("after a restart it asks at once what became of what it had voted for") {
    Participating p(config(), {stored_record("t", State::prepared)});
    p.core.restored("t");
    p.tick(1);
    REQUIRE(p.messages.size() == 1);
    CHECK(p.last() == MessageType::inquiry);
    p.commit("t");
    CHECK(p.last() == MessageType::acknowledgement);
}

TEST_CASE("after a restart finished transactions are known") {
    Participating p(config(),
                    {stored_record("t", State::committed), stored_record("u", State::aborted, 11)});
    CHECK(p.core.is_serving());
    p.ask("u", 11);
    CHECK(p.last() == MessageType::vote_abort);
    p.hear(MessageType::global_abort, "t");
    CHECK(p.last() == MessageType::damage);
}

TEST_CASE("what is older than what is remembered is refused, or was done") {
    auto settings = config();
    settings.max_finished = 1;
    Participating p(settings);
    for (int i = 0; i < 3; ++i) {
        p.in_doubt("t" + std::to_string(i), 10 + i);
        p.commit("t" + std::to_string(i), 10 + i);
    }
    CHECK(p.core.forgotten_us() == 11);
    p.ask("t0", 10);
    CHECK(p.last() == MessageType::vote_abort);
    p.hear(MessageType::global_commit, "t0", 10);
    CHECK(p.last() == MessageType::acknowledgement);
    CHECK(p.damage.empty());
    Participating restarted(settings, {}, 11);
    restarted.ask("t1", 11);
    CHECK(restarted.last() == MessageType::vote_abort);
}

TEST_CASE("records come back from their bytes, and from no others") {
    const auto record = stored_record("t", State::prepared);
    const auto bytes = record.encode();
    CHECK(ParticipantRecord::decode(bytes) == record);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(ParticipantRecord::decode(bytes.substr(0, size)), MalformedRecord);
    }
    CHECK_THROWS_AS(ParticipantRecord::decode(bytes + "1:0"), MalformedRecord);
}

}  // namespace
}  // namespace gavel::two_phase
