#include "consensus/two_phase_commit/coordinator/coordinator.h"

#include <doctest/doctest.h>

#include "consensus/two_phase_commit/decision_table.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t start_us = 1'000'000;
constexpr std::int64_t vote_time_us = 2'000'000;

// A coordinator over a table whose outcomes come when the test says so.
struct Coordinating {
    DecisionTable table;
    Coordinator core;
    std::int64_t now_us = start_us;
    std::vector<Message> messages;
    std::vector<DecisionCommand> commands;
    std::vector<ClientAnswer> answers;
    std::vector<Message> handovers;
    std::vector<std::string> damage;

    static CoordinatorConfig config() {
        CoordinatorConfig made;
        made.participants = {"p1", "p2", "p3"};
        made.answering = {"p1"};
        made.vote_time_us = vote_time_us;
        return made;
    }

    explicit Coordinating(const DecisionTable& shared = DecisionTable())
        : table(shared), core(config()) {}

    void take() {
        auto output = core.take_output();
        for (auto& message : output.messages) messages.push_back(std::move(message));
        for (auto& command : output.commands) commands.push_back(std::move(command));
        for (auto& answer : output.answers) answers.push_back(std::move(answer));
        for (auto& handover : output.handovers) handovers.push_back(std::move(handover));
        for (auto& text : output.damage) damage.push_back(std::move(text));
    }
    void begin(const std::string& key = "k", const std::string& fingerprint = "f") {
        Coordinator::Request request;
        request.key = key;
        request.fingerprint = fingerprint;
        request.transaction.kind = "close";
        request.transaction.lock = "auction 7";
        core.begin(request, now_us);
        take();
    }
    // The table applies what waits, and the coordinator hears of it.
    void store() {
        for (const auto& command : std::exchange(commands, {})) {
            core.stored(command, table.apply(command), now_us);
        }
        take();
    }
    std::string begun(const std::string& key = "k") {
        begin(key);
        store();
        return table.newest(1LL << 60, 1).at(0).transaction.id;
    }
    void hear(MessageType type, const std::string& from, const std::string& id) {
        Message message;
        message.type = type;
        message.from = from;
        message.to = "coordinator";
        message.id = id;
        if (type == MessageType::vote_commit) message.facts = "\"of " + from + "\"";
        if (type == MessageType::vote_abort) message.refusal = {409, "no", ""};
        if (type == MessageType::acknowledgement) message.result = "\"done by " + from + "\"";
        core.step(message, now_us);
        take();
    }
    void all_vote_commit(const std::string& id) {
        for (const char* name : {"p1", "p2", "p3"}) hear(MessageType::vote_commit, name, id);
    }
    void tick(int times = 1) {
        for (int i = 0; i < times; ++i) core.tick(now_us);
        take();
    }
    std::vector<std::string> told(MessageType type) {
        std::vector<std::string> names;
        for (const auto& message : messages) {
            if (message.type == type) names.push_back(message.to);
        }
        return names;
    }
};

using Names = std::vector<std::string>;
const Names everybody = {"p1", "p2", "p3"};

TEST_CASE("nobody is asked to vote before PENDING is durable") {
    Coordinating c;
    c.begin();
    REQUIRE(c.commands.size() == 1);
    CHECK(c.messages.empty());
    c.store();
    CHECK(c.told(MessageType::vote_request) == everybody);
}

TEST_CASE("a vote-request names all participants, the deadline and what is to be done") {
    Coordinating c;
    const auto id = c.begun();
    const auto& transaction = c.messages.at(0).transaction;
    REQUIRE(transaction);
    CHECK(transaction->id == id);
    CHECK(transaction->participants == everybody);
    CHECK(transaction->deadline_us == transaction->began_us + vote_time_us);
    CHECK(transaction->lock == "auction 7");
}

TEST_CASE("nobody is told before the decision is durable, neither participants nor the client") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    REQUIRE(c.commands.size() == 1);
    CHECK(c.commands[0].decision == Decision::commit);
    CHECK(c.told(MessageType::global_commit).empty());
    CHECK(c.answers.empty());
    c.store();
    CHECK(c.told(MessageType::global_commit) == everybody);
}

TEST_CASE("it commits only when all have voted to commit") {
    Coordinating c;
    const auto id = c.begun();
    c.hear(MessageType::vote_commit, "p1", id);
    c.hear(MessageType::vote_commit, "p2", id);
    c.hear(MessageType::vote_commit, "p2", id);
    c.hear(MessageType::vote_commit, "p2", id);
    c.hear(MessageType::vote_commit, "nobody", id);
    CHECK(c.commands.empty());
    c.hear(MessageType::vote_commit, "p3", id);
    CHECK(c.commands.size() == 1);
}

TEST_CASE("one vote to abort aborts, at once, with its reason") {
    Coordinating c;
    const auto id = c.begun();
    c.hear(MessageType::vote_commit, "p1", id);
    c.hear(MessageType::vote_abort, "p2", id);
    REQUIRE(c.commands.size() == 1);
    CHECK(c.commands[0].decision == Decision::abort);
    CHECK(c.commands[0].refused_by == "p2");
    c.store();
    CHECK(c.told(MessageType::global_abort) == everybody);
    REQUIRE(c.answers.size() == 1);
    CHECK(c.answers[0].kind == ClientAnswer::Kind::aborted);
    CHECK(c.answers[0].record.refusal == Refusal{409, "no", ""});
}

TEST_CASE("who does not answer in time is unreachable: all is aborted, nobody is left out") {
    Coordinating c;
    const auto id = c.begun();
    c.hear(MessageType::vote_commit, "p1", id);
    c.hear(MessageType::vote_commit, "p2", id);
    c.now_us += vote_time_us - 1;
    c.tick();
    CHECK(c.commands.empty());
    c.now_us += 1;
    c.tick();
    REQUIRE(c.commands.size() == 1);
    CHECK(c.commands[0].decision == Decision::abort);
    CHECK(c.commands[0].refusal.status == 503);
    CHECK(c.commands[0].refusal.reason.find("p3") != std::string::npos);
    c.store();
    CHECK(c.answers.at(0).record.can_be_retried());
}

TEST_CASE("who has not voted is asked again, the others are not") {
    Coordinating c;
    const auto id = c.begun();
    c.hear(MessageType::vote_commit, "p1", id);
    c.messages.clear();
    c.tick(2);
    CHECK(c.told(MessageType::vote_request) == Names{"p2", "p3"});
    c.messages.clear();
    c.tick(3);
    CHECK(c.messages.empty());  // the pauses grow
    c.tick(1);
    CHECK(c.told(MessageType::vote_request) == Names{"p2", "p3"});
}

TEST_CASE("the facts of all votes are told to all, with the commit") {
    Coordinating c;
    c.all_vote_commit(c.begun());
    c.store();
    const auto& facts = c.messages.back().all_facts;
    CHECK(facts == Facts{{"p1", "\"of p1\""}, {"p2", "\"of p2\""}, {"p3", "\"of p3\""}});
}

TEST_CASE("the client hears of a commit when the answering participant has done it") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    c.store();
    c.hear(MessageType::acknowledgement, "p2", id);
    CHECK(c.answers.empty());
    c.hear(MessageType::acknowledgement, "p1", id);
    REQUIRE(c.answers.size() == 1);
    CHECK(c.answers[0].kind == ClientAnswer::Kind::committed);
    CHECK(c.answers[0].results.at("p1") == "\"done by p1\"");
}

TEST_CASE("a commit is told again until all have acknowledged, and forgotten only then") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    c.store();
    c.hear(MessageType::acknowledgement, "p1", id);
    c.hear(MessageType::acknowledgement, "p2", id);
    for (int i = 0; i < 10; ++i) {
        c.messages.clear();
        c.tick(40);
        CHECK(c.told(MessageType::global_commit) == Names(c.messages.size(), "p3"));
        CHECK_FALSE(c.messages.empty());
        CHECK(c.commands.empty());
    }
    c.hear(MessageType::acknowledgement, "p3", id);
    REQUIRE(c.commands.size() == 1);
    CHECK(c.commands[0].type == DecisionCommand::Type::forget);
    c.store();
    c.messages.clear();
    c.tick(1'000);
    CHECK(c.messages.empty());
    CHECK(c.table.find(id)->is_finished());
}

TEST_CASE("an abort is told a few times and then forgotten: who did not hear it asks") {
    Coordinating c;
    const auto id = c.begun();
    c.hear(MessageType::vote_abort, "p2", id);
    c.store();
    c.messages.clear();
    c.tick(1'000);
    CHECK(c.told(MessageType::global_abort).size() == 6);
    c.store();
    CHECK(c.table.find(id)->is_finished());
}

TEST_CASE("what the record says is obeyed, also when another coordinator wrote it") {
    Coordinating c;
    const auto id = c.begun();
    DecisionCommand theirs;
    theirs.type = DecisionCommand::Type::decide;
    theirs.id = id;
    theirs.decision = Decision::abort;
    theirs.refusal = {503, "it took too long", ""};
    c.table.apply(theirs);
    c.all_vote_commit(id);
    c.store();
    CHECK(c.told(MessageType::global_commit).empty());
    CHECK(c.told(MessageType::global_abort) == everybody);
    CHECK(c.answers.at(0).kind == ClientAnswer::Kind::aborted);
}

TEST_CASE("commands are repeated until the table answers") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    c.commands.clear();
    c.tick(2);
    REQUIRE(c.commands.size() == 1);
    CHECK(c.commands[0].decision == Decision::commit);
}

TEST_CASE("a table that does not answer in time begins nothing for the client") {
    Coordinating c;
    c.begin();
    c.commands.clear();
    c.now_us += vote_time_us;
    c.tick();
    REQUIRE(c.answers.size() == 1);
    CHECK(c.answers[0].kind == ClientAnswer::Kind::full);
    CHECK(c.messages.empty());
}

// ---- inquiries ---------------------------------------------------------------------------------

TEST_CASE("an inquiry before the deadline hears: nothing yet") {
    Coordinating c;
    const auto id = c.begun();
    c.messages.clear();
    c.hear(MessageType::inquiry, "p1", id);
    CHECK(c.told(MessageType::pending) == Names{"p1"});
    CHECK(c.commands.empty());
}

TEST_CASE("past the deadline ABORT is written before who inquires is told") {
    Coordinating c;
    const auto id = c.begun();
    c.messages.clear();
    c.now_us += vote_time_us;
    c.hear(MessageType::inquiry, "p1", id);
    CHECK(c.messages.empty());
    REQUIRE(c.commands.size() == 1);
    c.store();
    CHECK(c.told(MessageType::global_abort) == everybody);
    CHECK(c.table.find(id)->decision == Decision::abort);
}

TEST_CASE("another coordinator's transaction is looked up, and told as the record has it") {
    Coordinating first;
    const auto id = first.begun();
    const auto ask = [&](Coordinating& c) {
        c.hear(MessageType::inquiry, "p2", id);
        REQUIRE(c.commands.size() == 1);
        CHECK(c.commands[0].type == DecisionCommand::Type::look);
        c.store();
    };
    SUBCASE("pending, before the deadline") {
        Coordinating second(first.table);
        ask(second);
        CHECK(second.told(MessageType::pending) == Names{"p2"});
    }
    SUBCASE("pending, past the deadline: it is aborted here") {
        Coordinating second(first.table);
        second.now_us += vote_time_us;
        ask(second);
        CHECK(second.told(MessageType::global_abort).empty());
        REQUIRE(second.commands.size() == 1);
        second.store();
        CHECK(second.told(MessageType::global_abort) == everybody);
    }
    SUBCASE("committed") {
        first.all_vote_commit(id);
        first.store();
        Coordinating second(first.table);
        ask(second);
        CHECK(second.told(MessageType::global_commit) == Names{"p2"});
    }
}

TEST_CASE("a transaction of which there is no record was aborted, as far as anybody may care") {
    Coordinating c;
    c.hear(MessageType::inquiry, "p2", "never-heard-of.1");
    c.store();
    CHECK(c.told(MessageType::global_abort) == Names{"p2"});
    CHECK(c.table.newest(1LL << 60, 10).empty());
}

// ---- one takes over from another ---------------------------------------------------------------

TEST_CASE("what a dead coordinator left is taken over: the open is aborted past its deadline") {
    Coordinating first;
    const auto id = first.begun();
    Coordinating second(first.table);
    second.core.take_over(*first.table.find(id), second.now_us);
    second.take();
    CHECK(second.commands.empty());
    second.now_us += vote_time_us;
    second.core.take_over(*first.table.find(id), second.now_us);
    second.take();
    second.store();
    CHECK(second.table.find(id)->decision == Decision::abort);
    CHECK(second.told(MessageType::global_abort) == everybody);
}

TEST_CASE(
    "what a dead coordinator left is taken over: the committed is told to all, and forgotten") {
    Coordinating first;
    const auto id = first.begun();
    first.all_vote_commit(id);
    first.store();
    Coordinating second(first.table);
    second.core.take_over(*first.table.find(id), second.now_us);
    second.take();
    CHECK(second.told(MessageType::global_commit) == everybody);
    for (const auto& name : everybody) second.hear(MessageType::acknowledgement, name, id);
    second.store();
    CHECK(second.table.find(id)->is_finished());
}

TEST_CASE("late votes of an earlier life change nothing") {
    Coordinating first;
    const auto id = first.begun();
    Coordinating second(first.table);
    second.all_vote_commit(id);
    second.hear(MessageType::acknowledgement, "p1", id);
    CHECK(second.commands.empty());
    CHECK(second.messages.empty());
}

// ---- repeated requests -------------------------------------------------------------------------

TEST_CASE("a repeated request gets the same answer, from any coordinator") {
    Coordinating first;
    const auto id = first.begun();
    first.all_vote_commit(id);
    first.store();
    for (const auto& name : everybody) first.hear(MessageType::acknowledgement, name, id);
    first.store();
    REQUIRE(first.table.find(id)->is_finished());
    Coordinating second(first.table);
    second.begin();
    second.store();
    // Only who has the answer is asked for it once more.
    CHECK(second.told(MessageType::global_commit) == Names{"p1"});
    second.hear(MessageType::acknowledgement, "p1", id);
    REQUIRE(second.answers.size() == 1);
    CHECK(second.answers[0].kind == ClientAnswer::Kind::committed);
    CHECK(second.answers[0].results.at("p1") == "\"done by p1\"");
    CHECK(second.table.newest(1LL << 60, 10).size() == 1);
}

TEST_CASE("a repeated request that was refused is refused with the same reason") {
    Coordinating first;
    const auto id = first.begun();
    first.hear(MessageType::vote_abort, "p2", id);
    first.store();
    SUBCASE("still being told") {}
    SUBCASE("finished") {
        first.tick(1'000);
        first.store();
    }
    Coordinating second(first.table);
    second.begin();
    second.store();
    REQUIRE(second.answers.size() == 1);
    CHECK(second.answers[0].kind == ClientAnswer::Kind::aborted);
    CHECK(second.answers[0].record.refusal.status == 409);
}

TEST_CASE("a repeated request with another body is refused") {
    Coordinating c;
    c.begun();
    c.begin("k", "another");
    c.store();
    REQUIRE(c.answers.size() == 1);
    CHECK(c.answers[0].kind == ClientAnswer::Kind::other_body);
}

TEST_CASE("that somebody was unreachable is no answer to keep: a repeat is a new attempt") {
    Coordinating c;
    const auto first = c.begun();
    c.now_us += vote_time_us;
    c.tick();
    c.store();
    REQUIRE(c.answers.size() == 1);
    c.messages.clear();
    c.begin();
    c.store();
    c.store();
    const auto second = c.table.newest(1LL << 60, 1).at(0).transaction.id;
    CHECK(second != first);
    CHECK(c.told(MessageType::vote_request) == everybody);
    c.all_vote_commit(second);
    c.store();
    c.hear(MessageType::acknowledgement, "p1", second);
    REQUIRE(c.answers.size() == 2);
    CHECK(c.answers[1].kind == ClientAnswer::Kind::committed);
}

TEST_CASE("a participant that reports damage is told of to the operator, and asked again") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    c.store();
    c.hear(MessageType::damage, "p2", id);
    REQUIRE(c.damage.size() == 1);
    CHECK(c.damage[0].find("p2") != std::string::npos);
    c.messages.clear();
    c.tick(2);
    CHECK(c.told(MessageType::global_commit) == everybody);
}

TEST_CASE("the voting phase hands each transaction over to the decision phase once") {
    Coordinating c;
    const auto id = c.begun();
    c.all_vote_commit(id);
    c.all_vote_commit(id);
    REQUIRE(c.handovers.size() == 1);
    CHECK(c.handovers[0].type == MessageType::global_commit);
    CHECK(c.handovers[0].id == id);
}

}  // namespace
}  // namespace gavel::two_phase
