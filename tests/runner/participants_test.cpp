#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <variant>

#include "services/auction/auction_house.h"
#include "services/runner/auction_resource.h"
#include "services/runner/view_resource.h"
#include "tests/auction/commands.h"
#include "tests/runner/tier.h"
#include "tests/support/manual_scheduler.h"

// The services as participants of two-phase commit.
namespace gavel {
namespace {

using auction::AuctionId;
using auction::AuctionStatus;
using two_phase::Facts;
using two_phase::Transaction;
using Vote = std::variant<two_phase::Resource::Yes, two_phase::Refusal>;

Transaction transaction_of(std::string id, std::string kind, const json& payload) {
    Transaction transaction;
    transaction.id = std::move(id);
    transaction.kind = std::move(kind);
    transaction.payload = payload.dump();
    transaction.participants = {"auction_service", "history_service"};
    transaction.began_us = auction::start_us;
    transaction.deadline_us = auction::start_us + 2'000'000;
    return transaction;
}
Transaction create_of(std::string id, const json& request, const std::string& key = {}) {
    json payload = {{"kind", "create"}, {"request", request}};
    if (!key.empty()) payload["idempotency_key"] = key;
    return transaction_of(std::move(id), "create", payload);
}
Transaction close_of(std::string id, AuctionId auction_id) {
    return transaction_of(std::move(id), "close",
                          {{"kind", "close"}, {"auction_id", std::to_string(auction_id)}});
}

// The auction service's resource over a house in memory.
struct House {
    testing::ManualScheduler scheduler;
    auction::AuctionHouse house{scheduler, options()};
    bool may_load = true;
    AuctionResource resource{scheduler, house, [this] { return may_load; }};

    static auction::AuctionHouse::Options options() {
        auction::AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return auction::start_us; };
        return options;
    }
    AuctionId make() {
        AuctionId id = 0;
        house.submit(auction::create("Lamp", 50),
                     [&](auto, const auto* outcome) { id = outcome->auction_id; });
        scheduler.run_ready();
        return id;
    }
    void bid(AuctionId id, int amount) {
        house.submit(auction::bid(id, "ann", amount), [](auto, const auto*) {});
        scheduler.run_ready();
    }
    Vote prepare(const Transaction& transaction) {
        std::optional<Vote> told;
        resource.prepare(transaction, [&](Vote vote) { told = std::move(vote); });
        scheduler.run_ready();
        REQUIRE(told);
        return *told;
    }
    json facts(const Transaction& transaction) {
        const auto vote = prepare(transaction);
        REQUIRE(std::holds_alternative<two_phase::Resource::Yes>(vote));
        return json::parse(std::get<two_phase::Resource::Yes>(vote).facts);
    }
    two_phase::Refusal refusal(const Transaction& transaction) {
        const auto vote = prepare(transaction);
        REQUIRE(std::holds_alternative<two_phase::Refusal>(vote));
        return std::get<two_phase::Refusal>(vote);
    }
    std::string commit(const std::string& id) {
        std::optional<std::string> told;
        Transaction transaction;
        transaction.id = id;
        resource.commit(transaction, {}, [&](std::string result) { told = std::move(result); });
        scheduler.run_ready();
        REQUIRE(told);
        return *told;
    }
    bool abort(const std::string& id) {
        bool told = false;
        Transaction transaction;
        transaction.id = id;
        resource.abort(transaction, [&] { told = true; });
        scheduler.run_ready();
        return told;
    }
    std::optional<two_phase::ParticipantStore::Stored> load() {
        std::optional<two_phase::ParticipantStore::Stored> found;
        resource.load([&](auto stored) { found = std::move(stored); });
        return found;
    }
    const auction::AuctionBook& book() const { return house.live().book(); }
};

TEST_CASE("the auction service votes with what it knows, and its result is where the book has it") {
    House h;
    const auto id = h.make();
    h.bid(id, 60);
    CHECK(h.facts(close_of("t", id)) ==
          json({{"auction_id", std::to_string(id)}, {"winner", "ann"}, {"price", 60.0}}));
    CHECK(h.book().is_frozen(id));
    const auto result = h.commit("t");
    CHECK(json::parse(result) == json({{"auction_id", std::to_string(id)},
                                       {"index", 4},
                                       {"bid_count", 1},
                                       {"status", "CLOSED"}}));
    CHECK(h.commit("t") == result);  // known by its id alone
    CHECK(h.book().find(id)->status == AuctionStatus::closed);

    const json lamp = {{"name", "Lamp"}, {"starting_bid", 5}};
    const auto facts = h.facts(create_of("u", lamp));
    CHECK(json::parse(h.commit("u"))["auction_id"] == facts["auction_id"]);
    CHECK(h.book().auctions().size() == 2);
}

TEST_CASE("an abort thaws, and may be told again") {
    House h;
    const auto id = h.make();
    h.facts(close_of("t", id));
    CHECK(h.abort("t"));
    CHECK_FALSE(h.book().is_frozen(id));
    CHECK(h.abort("t"));
}

TEST_CASE("what cannot be is refused in the words of the service") {
    House h;
    const auto id = h.make();
    h.facts(close_of("held", id));
    struct Row {
        Transaction transaction;
        int status;
        const char* reason;
    };
    const Row rows[] = {
        {close_of("a", 7), 404, "auction not found"},
        {close_of("b", id), two_phase::Refusal::locked,
         "the auction is in another transaction, try again"},
        {create_of("c", {{"starting_bid", 5}}), 400, "name is required"},
        {create_of("d", {{"name", "x"}}), 400, "starting_bid must be positive"},
        {transaction_of("e", "sell", json::object()), 400,
         "the transaction's kind must be create or close"},
        {transaction_of("f", "create", json::array()), 400,
         "the transaction's payload is no JSON object"},
        {transaction_of("g", "create", {{"request", 5}}), 400,
         "the transaction's request is no object"},
        {transaction_of("h", "close", {{"auction_id", "7"}, {"unchanged_since", "1"}}), 400,
         "the transaction's unchanged_since is no index of the log"},
        {transaction_of("i", "close", {{"auction_id", "7"}, {"unchanged_since", 1}}), 404,
         "auction not found"},
    };
    for (const auto& row : rows) {
        const auto refusal = h.refusal(row.transaction);
        CHECK(refusal.status == row.status);
        CHECK(refusal.reason == row.reason);
    }
}

TEST_CASE("a close that changes nothing is refused with its answer") {
    House h;
    const auto id = h.make();
    h.facts(close_of("t", id));
    const auto result = json::parse(h.commit("t"));
    const auto refusal = h.refusal(close_of("again", id));
    CHECK(refusal.status == 409);
    CHECK(json::parse(refusal.answer)["status"] == "CLOSED");
    CHECK(json::parse(refusal.answer)["auction_id"] == result["auction_id"]);
}

TEST_CASE("a close that is tied to what was seen is refused when that has changed, by no entry") {
    House h;
    const auto id = h.make();  // entry 1
    const auto tied = [&](const char* name, std::uint64_t since, const std::string& key = {}) {
        json payload = {
            {"kind", "close"}, {"auction_id", std::to_string(id)}, {"unchanged_since", since}};
        if (!key.empty()) payload["idempotency_key"] = key;
        return transaction_of(name, "close", payload);
    };
    h.bid(id, 60);  // entry 2
    const auto refusal = h.refusal(tied("late", 1));
    CHECK(refusal.status == 412);
    CHECK(refusal.reason == "the auction has changed since: read it again");
    CHECK(refusal.answer.empty());
    CHECK(h.book().last_index() == 2);
    CHECK_FALSE(h.book().is_frozen(id));
    CHECK(h.refusal(tied("late", 1)).status == 412);  // asked again
    CHECK(h.facts(tied("seen", 2, "k"))["winner"] == "ann");
    const auto result = h.commit("seen");
    // The key's first answer, though the auction has changed by it; other closes come too late.
    CHECK(h.refusal(tied("repeat", 2, "k")).answer == result);
    CHECK(h.refusal(tied("second", 2)).status == 412);
    CHECK(json::parse(h.refusal(tied("any", ~0ULL)).answer)["status"] == "CLOSED");
}

TEST_CASE("what bids come in just before a close that is tied to less refuse it") {
    House h;
    const auto id = h.make();
    std::optional<Vote> told;
    // In one batch with the bid: it is looked at when that is applied.
    h.house.submit(auction::bid(id, "ann", 60), [](auto, const auto*) {});
    h.resource.prepare(
        transaction_of(
            "t", "close",
            {{"kind", "close"}, {"auction_id", std::to_string(id)}, {"unchanged_since", 1}}),
        [&](Vote vote) { told = std::move(vote); });
    h.scheduler.run_ready();
    REQUIRE(told);
    REQUIRE(std::holds_alternative<two_phase::Refusal>(*told));
    CHECK(std::get<two_phase::Refusal>(*told).status == 412);
}

TEST_CASE("a client's key has its first answer, whichever way it came") {
    House h;
    const json lamp = {{"name", "Lamp"}, {"starting_bid", 5}};
    h.facts(create_of("t", lamp, "k"));
    const auto result = h.commit("t");
    CHECK(h.refusal(create_of("u", lamp, "k")).answer == result);
    CHECK(h.refusal(create_of("v", {{"name", "x"}, {"starting_bid", 5}}, "k")).status == 422);
    CHECK(h.book().auctions().size() == 1);
}

TEST_CASE("the book is the participant's store: what it promised and what it did") {
    House h;
    const auto id = h.make();
    h.bid(id, 60);
    h.facts(close_of("open", id));
    h.facts(create_of("done", {{"name", "x"}, {"starting_bid", 5}}));
    h.commit("done");
    h.facts(create_of("undone", {{"name", "y"}, {"starting_bid", 5}}));
    h.abort("undone");
    const auto stored = h.load();
    REQUIRE(stored);
    REQUIRE(stored->records.size() == 3);
    using State = two_phase::ParticipantRecord::State;
    CHECK(stored->records[0].transaction.id == "open");
    CHECK(stored->records[0].state == State::prepared);
    CHECK(stored->records[0].transaction.participants.size() == 2);
    CHECK(json::parse(stored->records[0].facts)["winner"] == "ann");
    CHECK(stored->records[1].transaction.id == "done");
    CHECK(stored->records[1].state == State::committed);
    CHECK(stored->records[1].transaction.began_us == auction::start_us);
    CHECK(stored->records[2].transaction.id == "undone");
    CHECK(stored->records[2].state == State::aborted);
    h.may_load = false;  // a leader that may not have everything yet
    CHECK_FALSE(h.load());
}

// ---- Services that follow the feed ----

TEST_CASE("a view votes for what it understands, and acknowledges when it has carried it out") {
    std::string carried;
    std::function<void()> finish;
    ViewResource resource([&](const TransactionTerms& terms, const AuctionFacts& facts, auto done) {
        carried = (terms.kind == TransactionKind::close ? "close " : "create ") +
                  std::to_string(facts.auction_id) + " " + facts.winner;
        finish = std::move(done);
    });
    const auto votes = [&](const Transaction& transaction) {
        bool yes = false;
        resource.prepare(transaction, [&](const Vote& vote) { yes = vote.index() == 0; });
        return yes;
    };
    CHECK(votes(close_of("t", 7)));
    CHECK_FALSE(votes(transaction_of("t", "sell", json::object())));
    const Facts facts = {{"auction_service", R"({"auction_id":"7","winner":"ann","price":60.0})"}};
    bool done = false;
    resource.commit(close_of("t", 7), facts, [&](const std::string&) { done = true; });
    CHECK(carried == "close 7 ann");
    CHECK_FALSE(done);
    finish();
    CHECK(done);
    // Told again, by its id alone: it was done.
    done = false;
    carried.clear();
    Transaction known;
    known.id = "t";
    resource.commit(known, facts, [&](const std::string&) { done = true; });
    CHECK(done);
    CHECK(carried.empty());
}

// ---- In a cluster ----

json vote_request(const std::string& id, const std::string& auction_id) {
    return {{"coordinator", "coordinator"},
            {"transaction",
             {{"id", id},
              {"kind", "close"},
              {"payload", {{"kind", "close"}, {"auction_id", auction_id}}},
              {"label", ""},
              {"lock", "auction " + auction_id},
              {"participants", {"auction_service"}},
              {"began_us", start_us},
              {"deadline_us", start_us + 2'000'000}}}};
}

TEST_CASE("what a leader has prepared, the next one holds, asks about, and carries out") {
    Tier tier(3);
    const auto first = tier.leader();
    const auto path = tier.make(first);
    const auto auction = path.substr(path.rfind('/') + 1);
    // By way of a follower, as soon as the leader takes part.
    std::shared_ptr<const testing::RecordedAnswer> vote;
    tier.run_until([&] {
        vote = tier.send(tier.follower(), "POST", "/two_phase/vote_request",
                         vote_request("t", auction).dump());
        return vote->status() == 200;
    });
    CHECK(json::parse(vote->body())["vote"] == "commit");
    const auto waiting = tier.ask(first, "POST", path + "/bid", R"({"bidder":"ann","amount":9})");
    tier.wait_for_equal_books();
    CHECK_FALSE(waiting->arrived);
    tier.stop(first);
    const auto second = tier.leader();
    CHECK(second != first);
    tier.run_until([&] { return tier.coordinator.waiting() > 0; });
    CHECK(tier.coordinator.last().target == "/transactions/t/inquiry");
    CHECK(json::parse(tier.send(second, "GET", path)->body())["auction"]["status"] == "OPEN");
    while (tier.coordinator.waiting() > 0) {
        tier.coordinator.answer(200, R"({"decision":"commit","facts":{}})");
    }
    tier.run_until([&] {
        const auto shown = tier.send(second, "GET", path);
        return json::parse(shown->body())["auction"]["status"] == "CLOSED";
    });
    CHECK(tier.fatal.empty());
}

TEST_CASE("a leader refuses a close that is tied to less than it has, and so does the next one") {
    Tier tier(3);
    const auto first = tier.leader();
    const auto path = tier.make(first);
    const auto auction = path.substr(path.rfind('/') + 1);
    const auto made = tier.send(first, "GET", path)->header("Gavel-Index");
    REQUIRE_FALSE(made.empty());
    const auto bid = R"({"bidder":"ann","amount":9})";
    REQUIRE(tier.send(first, "POST", path + "/bid", bid)->status() == 200);
    tier.wait_for_equal_books();
    json request = vote_request("t", auction);
    request["transaction"]["payload"]["unchanged_since"] = std::stoull(made);
    const auto vote = [&](raft::NodeId node) {
        std::shared_ptr<const testing::RecordedAnswer> answer;
        tier.run_until([&] {
            answer = tier.send(node, "POST", "/two_phase/vote_request", request.dump());
            return answer->status() == 200;
        });
        return json::parse(answer->body());
    };
    const auto refused = vote(first);
    CHECK(refused["vote"] == "abort");
    CHECK(refused["status"] == 412);
    tier.stop(first);
    CHECK(vote(tier.leader()) == refused);
    CHECK(json::parse(tier.send(tier.leader(), "GET", path)->body())["auction"]["status"] ==
          "OPEN");
}

TEST_CASE("a bid on a frozen auction waits at the leader, and is told to come again elsewhere") {
    Tier tier(3);
    const auto leader = tier.leader();
    const auto path = tier.make(leader);
    const auto auction = path.substr(path.rfind('/') + 1);
    tier.run_until([&] {
        return tier.send(leader, "POST", "/two_phase/vote_request",
                         vote_request("t", auction).dump())
                   ->status() == 200;
    });
    const auto bid = R"({"bidder":"ann","amount":9})";
    const auto kept = tier.ask(leader, "POST", path + "/bid", bid);
    tier.run_until([&] { return kept->arrived; });  // nobody decides
    CHECK(kept->status() == 503);
    CHECK(kept->header("Retry-After") == "1");
    const auto thawed = tier.ask(leader, "POST", path + "/bid", bid);
    const json abort = {
        {"coordinator", "coordinator"}, {"transaction_id", "t"}, {"began_us", start_us}};
    CHECK(tier.send(leader, "POST", "/two_phase/global_abort", abort.dump())->status() == 200);
    tier.run_until([&] { return thawed->arrived; });
    CHECK(thawed->status() == 200);
}

}  // namespace
}  // namespace gavel
