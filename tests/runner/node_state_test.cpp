#include "services/runner/node_state.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/bytes/byte_reader.h"
#include "consensus/two_phase_commit/fields.h"
#include "tests/auction/commands.h"
#include "tests/runner/decision_commands.h"

namespace gavel {
namespace {

using auction::start_us;
using two_phase::Decision;

// A log and what it makes.
struct Log {
    NodeState state;
    std::vector<raft::Entry> entries;

    void add(raft::EntryKind kind, std::string payload) {
        entries.push_back({entries.size() + 1, 1, kind, raft::Payload(std::move(payload))});
        state.apply(entries.back());
    }
    void add(auction::Command command) {
        command.stamp_us = start_us;
        add(raft::EntryKind::command, auction::encode(command));
    }
    void add(const two_phase::DecisionCommand& command) {
        add(raft::EntryKind::command, decision_payload(command.encode()));
    }
};

Log sample() {
    Log log;
    log.add(raft::EntryKind::no_op, "");
    log.add(auction::create("Lamp", 50, 60));
    log.add(begin_decision("k", start_us));
    const auto id = log.state.decisions.unfinished().at(0).transaction.id;
    log.add(auction::prepare_close(id, log.state.book.auctions()[0]->id));
    log.add(decide(id, Decision::commit, start_us + 1));
    log.add(auction::commit(id));
    log.add(begin_decision("other", start_us + 2));
    return log;
}

TEST_CASE("an entry is the book's, the decisions' or the log's own; each takes one index") {
    const Log log = sample();
    CHECK(log.state.book.last_index() == 7);
    CHECK(log.state.book.auctions().at(0)->status == auction::AuctionStatus::closed);
    const auto records = log.state.decisions.unfinished();
    REQUIRE(records.size() == 2);
    CHECK(records[0].decision == Decision::commit);
    CHECK(records[1].decision == Decision::pending);
}

TEST_CASE("the same log gives the same state, byte for byte, also from a snapshot in the middle") {
    const Log log = sample();
    for (std::size_t cut = 0; cut <= log.entries.size(); ++cut) {
        NodeState state;
        for (std::size_t i = 0; i < cut; ++i) state.apply(log.entries[i]);
        const std::string bytes = state.serialize();
        state = NodeState::deserialize(bytes);
        CHECK(state.serialize() == bytes);
        for (std::size_t i = cut; i < log.entries.size(); ++i) state.apply(log.entries[i]);
        CHECK(state.serialize() == log.state.serialize());
    }
}

TEST_CASE("a snapshot from before there were decisions is a book without any") {
    const Log log = sample();
    const NodeState state = NodeState::deserialize(log.state.book.serialize());
    CHECK(state.book.serialize() == log.state.book.serialize());
    CHECK(state.decisions == two_phase::DecisionTable());
}

TEST_CASE("what is neither is refused") {
    const std::string bytes = sample().state.serialize();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(NodeState::deserialize(bytes.substr(0, size)), std::runtime_error);
    }
    CHECK_THROWS_AS(NodeState::deserialize(bytes + "x"), MalformedBytes);
    NodeState state;
    CHECK_THROWS_AS(state.apply({1, 1, raft::EntryKind::command, raft::Payload("Dx")}),
                    two_phase::MalformedRecord);
    CHECK_THROWS_AS(state.apply({1, 1, raft::EntryKind::command, raft::Payload("x")}),
                    MalformedBytes);
}

}  // namespace
}  // namespace gavel
