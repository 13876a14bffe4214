#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/cluster_token.h"
#include "services/runner/raft_decision_store.h"
#include "tests/runner/decision_commands.h"
#include "tests/runner/tier.h"

// Decisions of two-phase commit in the replicated log.
namespace gavel {
namespace {

using two_phase::Decision;
using two_phase::DecisionCommand;
using two_phase::DecisionOutcome;
using two_phase::DecisionRecord;
using Verdict = DecisionOutcome::Verdict;

// A tier with what coordinators have of it.
struct Coordinated {
    Tier tier;
    std::unique_ptr<ServiceClient> nodes;
    std::unique_ptr<RaftDecisionStore> store;

    explicit Coordinated(raft::NodeId count, std::uint64_t snapshot_interval_entries = 1'000'000,
                         const std::string& token = {})
        : tier(count, snapshot_interval_entries, token),
          nodes(tier.client()),
          store(std::make_unique<RaftDecisionStore>(*nodes, token)) {}

    std::optional<DecisionOutcome> apply(const DecisionCommand& command) {
        std::optional<std::optional<DecisionOutcome>> told;
        store->apply(command, [&](std::optional<DecisionOutcome> outcome) { told = outcome; });
        tier.run_until([&] { return told.has_value(); });
        return *told;
    }
    std::optional<std::vector<DecisionRecord>> list(two_phase::DecisionStore::Listing what) {
        std::optional<std::optional<std::vector<DecisionRecord>>> told;
        store->list(what, [&](std::optional<std::vector<DecisionRecord>> list) { told = list; });
        tier.run_until([&] { return told.has_value(); });
        return *told;
    }
    std::string begin(const std::string& key) {
        const auto outcome = apply(begin_decision(key, start_us));
        REQUIRE(outcome);
        REQUIRE(outcome->verdict == Verdict::done);
        return outcome->record->transaction.id;
    }
};

TEST_CASE("a decision is made once, by whoever is first, and every node has it") {
    Coordinated c(3);
    c.tier.leader();
    const auto id = c.begin("k");
    CHECK(c.apply(begin_decision("k", start_us))->verdict == Verdict::not_done);
    CHECK(c.apply(decide(id, Decision::commit, start_us))->verdict == Verdict::done);
    const auto second = c.apply(decide(id, Decision::abort, start_us));
    CHECK(second->verdict == Verdict::not_done);
    CHECK(second->record->decision == Decision::commit);
    c.tier.wait_for_equal_books();  // which shows the hash of the decisions, too
    for (raft::NodeId node = 1; node <= 3; ++node) {
        const auto listing = c.tier.send(node, "GET", "/decisions?unfinished=1");
        CHECK(listing->body().find(id) != std::string::npos);
    }
}

TEST_CASE("a second coordinator finds what is unfinished, after the leader is gone, too") {
    Coordinated c(3);
    const auto first = c.tier.leader();
    const auto decided = c.begin("a");
    const auto open = c.begin("b");
    const auto finished = c.begin("c");
    c.apply(decide(decided, Decision::commit, start_us));
    c.apply(decide(finished, Decision::abort, start_us));
    CHECK(c.apply(forget_decision(finished, start_us))->verdict == Verdict::done);
    c.tier.wait_for_equal_books();
    c.tier.stop(first);
    CHECK(c.tier.leader() != first);
    const auto unfinished = c.list({.unfinished_only = true});
    REQUIRE(unfinished);
    REQUIRE(unfinished->size() == 2);
    CHECK(unfinished->at(0).transaction.id == decided);
    CHECK(unfinished->at(0).decision == Decision::commit);
    CHECK(unfinished->at(1).transaction.id == open);
    // Whoever comes later has it aborted, and the first coordinator obeys.
    CHECK(c.apply(decide(open, Decision::abort, start_us))->verdict == Verdict::done);
    CHECK(c.apply(decide(open, Decision::commit, start_us))->record->decision == Decision::abort);
    const auto newest = c.list({.limit = 2});
    REQUIRE(newest->size() == 2);
    CHECK(newest->at(0).transaction.id == finished);
    CHECK(newest->at(1).transaction.id == open);
    const auto older = c.list({.before_us = newest->at(1).transaction.began_us, .limit = 9});
    REQUIRE(older->size() == 1);
    CHECK(older->at(0).transaction.id == decided);
}

TEST_CASE("decisions come back with the node's snapshot and its entries") {
    Coordinated c(1, 100);
    c.tier.leader();
    const auto before = c.begin("before");
    const auto path = c.tier.make(1);
    for (int i = 2; i < 250; ++i) c.tier.bid(1, path, i);
    c.tier.run_until([&] {
        return json::parse(c.tier.ask(1, "GET", "/raft/status")->body())["snapshot_index"] >= 100;
    });
    const auto after = c.begin("after");
    const auto decisions = json::parse(c.tier.book(1))["book_sha256"];
    c.tier.stop(1);
    c.tier.start(1);
    c.tier.leader();
    const auto unfinished = c.list({.unfinished_only = true});
    REQUIRE(unfinished);
    REQUIRE(unfinished->size() == 2);
    CHECK(unfinished->at(0).transaction.id == before);
    CHECK(unfinished->at(1).transaction.id == after);
    CHECK(c.tier.fatal.empty());
}

TEST_CASE("a follower that a snapshot brings back has the decisions, too") {
    Coordinated c(3, 100);
    const auto leader = c.tier.leader();
    const auto away = c.tier.follower();
    c.tier.stop(away);
    c.begin("k");
    const auto path = c.tier.make(leader);
    for (int i = 2; i < 350; ++i) c.tier.bid(c.tier.leader(), path, i);
    c.tier.run_until([&] {
        return json::parse(
                   c.tier.ask(c.tier.leader(), "GET", "/raft/status")->body())["snapshot_index"] >=
               200;
    });
    c.tier.start(away);
    c.tier.run_until([&] { return c.tier.ask(away, "GET", "/readyz")->status() == 200; });
    c.tier.wait_for_equal_books();
    CHECK(c.tier.fatal.empty());
}

TEST_CASE("without a leader a coordinator is told nothing, and later gets its answer") {
    Coordinated c(3);
    const auto leader = c.tier.leader();
    const auto id = c.begin("k");
    c.tier.wait_for_equal_books();
    std::vector<raft::NodeId> gone;
    for (raft::NodeId node = 1; node <= 3; ++node) {
        if (node != leader % 3 + 1) gone.push_back(node);
    }
    for (const auto node : gone) c.tier.stop(node);
    CHECK_FALSE(c.apply(decide(id, Decision::commit, start_us)));
    for (const auto node : gone) c.tier.start(node);
    c.tier.leader();
    CHECK(c.apply(decide(id, Decision::commit, start_us))->verdict == Verdict::done);
}

TEST_CASE("what is no command is refused, and changes nothing") {
    Coordinated c(1);
    c.tier.leader();
    for (const std::string body : {"", "{}", "1:1", "5:hello"}) {
        CHECK(c.tier.send(1, "POST", "/decisions", body)->status() == 400);
    }
    CHECK(c.tier.send(1, "GET", "/decisions?limit=x")->status() == 400);
    CHECK(c.tier.send(1, "DELETE", "/decisions")->status() == 405);
    CHECK(c.list({})->empty());
}

TEST_CASE("decisions are for who knows the cluster's secret") {
    Coordinated c(3, 1'000'000, "secret");
    c.tier.leader();
    const auto follower = c.tier.follower();
    const auto command = begin_decision("k", start_us).encode();
    CHECK(c.tier.send(follower, "POST", "/decisions", command)->status() == 401);
    CHECK(c.tier.send(follower, "GET", "/decisions")->status() == 401);
    c.begin("k");
    // Passed on with it.
    CHECK(c.tier.send(follower, "POST", "/decisions", command, {{cluster_token_header, "secret"}})
              ->status() == 200);
    CHECK(c.tier.send(follower, "GET", "/auctions")->status() == 200);
}

}  // namespace
}  // namespace gavel
