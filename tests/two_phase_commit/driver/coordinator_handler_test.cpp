#include "consensus/two_phase_commit/driver/coordinator_handler.h"

#include <doctest/doctest.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "common/http/in_process_service_client.h"
#include "consensus/two_phase_commit/driver/participant_handler.h"
#include "consensus/two_phase_commit/driver/sqlite_decision_store.h"
#include "consensus/two_phase_commit/driver/sqlite_participant_store.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"
#include "tests/two_phase_commit/driver/fake_resource.h"

namespace gavel::two_phase {
namespace {

using gavel::testing::ask;
using nlohmann::json;
using Answer = std::shared_ptr<const gavel::testing::RecordedAnswer>;

class NoService : public JSONRequestHandler {
  public:
    explicit NoService(const std::string& name) : JSONRequestHandler(name) {}
};

// Whoever is asked through it is there, or is not.
class Line : public ServiceClient {
  public:
    explicit Line(std::unique_ptr<ServiceClient> behind) : behind_(std::move(behind)) {}
    void send(ServiceRequest request, Callback callback) override {
        if (is_cut) {
            callback({ServiceFailure::unreachable, {}});
        } else {
            behind_->send(std::move(request), std::move(callback));
        }
    }
    bool is_cut = false;

  private:
    std::unique_ptr<ServiceClient> behind_;
};

// Two services with participants, and coordinators over one store, all in this process.
struct Town {
    struct Service {
        testing::FakeResource resource;
        SqliteParticipantStore store;
        ParticipantDriver driver;
        NoService behind;
        ParticipantHandler handler;
        Line line;

        Service(const std::string& name, Scheduler& scheduler, Executor& disk,
                const std::vector<ParticipantDriver::Coordinator>& coordinators)
            : store(scheduler, disk, "", {}),
              driver({name, "", 50}, {scheduler, resource, store, coordinators}),
              behind(name),
              handler(driver, behind),
              line(std::make_unique<InProcessServiceClient>(scheduler, handler)) {}
    };
    struct Coordinating {
        CoordinatorDriver driver;
        CoordinatorHandler handler;
        Coordinating(const CoordinatorDriver::Options& options,
                     const CoordinatorDriver::Parts& parts)
            : driver(options, parts), handler(driver) {}
    };

    gavel::testing::ManualScheduler scheduler;
    gavel::testing::InlineExecutor disk;
    SqliteDecisionStore decisions{scheduler, disk, "", {}};
    NoService nobody{"nobody"};
    std::unique_ptr<Coordinating> first;
    std::unique_ptr<Coordinating> second;
    // Participants ask through lines that are connected when the coordinators are there.
    struct ToCoordinator : ServiceClient {
        Scheduler& scheduler;
        std::unique_ptr<Coordinating>& coordinator;
        ToCoordinator(Scheduler& s, std::unique_ptr<Coordinating>& c)
            : scheduler(s), coordinator(c) {}
        void send(ServiceRequest request, Callback callback) override {
            if (coordinator == nullptr) {
                callback({ServiceFailure::unreachable, {}});
            } else {
                InProcessServiceClient(scheduler, coordinator->handler)
                    .send(std::move(request), std::move(callback));
            }
        }
    };
    ToCoordinator to_first{scheduler, first};
    ToCoordinator to_second{scheduler, second};
    Service auction{"auction_service", scheduler, disk, {{"one", to_first}, {"two", to_second}}};
    Service history{"history_service", scheduler, disk, {{"one", to_first}, {"two", to_second}}};

    Town() {
        auction.driver.start();
        history.driver.start();
        start(first, "one");
        scheduler.run_ready();
    }

    void start(std::unique_ptr<Coordinating>& coordinator, const std::string& name) {
        CoordinatorDriver::Options options;
        options.name = name;
        options.answering = {"auction_service"};
        options.unix_now_us = [this] { return 1'000'000'000 + scheduler.now_us(); };
        coordinator = std::make_unique<Coordinating>(
            options, CoordinatorDriver::Parts{
                         scheduler,
                         decisions,
                         {{"auction_service", auction.line}, {"history_service", history.line}}});
        coordinator->driver.start();
        scheduler.run_ready();
    }
    Answer post(const json& body, const Headers& headers = {}) {
        auto answer = ask(first->handler, "POST", "/transactions", body.dump(), headers);
        scheduler.run_ready();
        return answer;
    }
    Answer get(const std::string& target) {
        auto answer = ask(first->handler, "GET", target);
        scheduler.run_ready();
        return answer;
    }
};

const json close_seven = {{"kind", "close"}, {"auction_id", "7"}};
const json create_vase = {{"kind", "create"}, {"name", "a vase"}};

TEST_CASE("a transaction commits everywhere, and the client has the auction service's result") {
    Town town;
    const auto answer = town.post(create_vase);
    REQUIRE(answer->status() == 200);
    const auto body = json::parse(answer->body());
    CHECK(body.at("decision") == "commit");
    CHECK(body.at("results").at("auction_service") == json{{"status", 201}});
    const std::string id = body.at("transaction_id");
    CHECK(town.auction.resource.committed.count(id) == 1);
    CHECK(town.history.resource.committed.count(id) == 1);
    // Everybody was told what everybody had said.
    CHECK(town.history.resource.told.at("auction_service") == R"({"reserved":7})");
    const auto shown = json::parse(town.get("/transactions/" + id)->body());
    CHECK(shown.at("state") == "COMMIT");
    CHECK(shown.at("votes") == json{{"auction_service", "commit"}, {"history_service", "commit"}});
    CHECK(shown.at("acknowledged") == json{"auction_service", "history_service"});
    CHECK(shown.at("name") == "a vase");
    CHECK_FALSE(shown.at("finished").is_null());
}

TEST_CASE("a refusal is the client's answer, and nothing is held anywhere") {
    Town town;
    town.auction.resource.refusal = {404, "no such auction", R"({"error":"Auction not found"})"};
    const auto answer = town.post(close_seven);
    CHECK(answer->status() == 404);
    const auto body = json::parse(answer->body());
    CHECK(body.at("error") == "no such auction");
    CHECK(body.at("participant") == "auction_service");
    CHECK(body.at("answer") == json{{"error", "Auction not found"}});
    CHECK(town.history.resource.held.empty());
    CHECK(town.history.resource.committed.empty());
}

TEST_CASE("an auction that is in another transaction: 409 at once") {
    Town town;
    town.history.line.is_cut = true;
    const auto first = town.post(close_seven);
    CHECK_FALSE(first->arrived);
    const auto second = town.post(close_seven, {{"Idempotency-Key", "k"}});
    CHECK(second->status() == 409);
    SUBCASE("the same request is a new attempt when that transaction is over") {
        town.scheduler.advance_ms(2'100);
        REQUIRE(first->status() == 503);
        town.history.line.is_cut = false;
        CHECK(town.post(close_seven, {{"Idempotency-Key", "k"}})->status() == 200);
    }
}

TEST_CASE("an unreachable participant: 503 with Retry-After, and nothing is changed anywhere") {
    Town town;
    town.history.line.is_cut = true;
    const auto answer = town.post(close_seven, {{"Idempotency-Key", "k"}});
    town.scheduler.advance_ms(1'900);
    CHECK_FALSE(answer->arrived);
    town.scheduler.advance_ms(200);
    REQUIRE(answer->status() == 503);
    CHECK(answer->header("Retry-After") == "1");
    CHECK(answer->body().find("history_service") != std::string::npos);
    CHECK(town.auction.resource.held.empty());
    CHECK(town.auction.resource.committed.empty());
    SUBCASE("the same request is a new attempt when all answer again") {
        town.history.line.is_cut = false;
        CHECK(town.post(close_seven, {{"Idempotency-Key", "k"}})->status() == 200);
        CHECK(json::parse(town.get("/transactions")->body()).at("transactions").size() == 2);
    }
}

TEST_CASE("requests with one key are one transaction, on any coordinator, with one answer") {
    Town town;
    const Headers key{{"Idempotency-Key", "k"}};
    const auto first = town.post(create_vase, key);
    REQUIRE(first->status() == 200);
    CHECK(town.post(create_vase, key)->body() == first->body());
    town.start(town.second, "two");
    const auto elsewhere =
        ask(town.second->handler, "POST", "/transactions", create_vase.dump(), key);
    town.scheduler.run_ready();
    CHECK(elsewhere->body() == first->body());
    CHECK(town.auction.resource.committed.size() == 1);
    CHECK(town.post({{"kind", "create"}, {"name", "a lamp"}}, key)->status() == 422);
    // Another kind of request is another scope.
    CHECK(town.post(close_seven, key)->status() == 200);
}

TEST_CASE("what a close is tied to is no part of what its key stands for") {
    Town town;
    const Headers key{{"Idempotency-Key", "k"}};
    const auto tied = [](int since) {
        json body = close_seven;
        body["unchanged_since"] = since;
        return body;
    };
    SUBCASE("the repeat of one that was done has its answer") {
        const auto first = town.post(tied(1), key);
        REQUIRE(first->status() == 200);
        CHECK(town.post(tied(2), key)->body() == first->body());
        CHECK(town.auction.resource.committed.size() == 1);
    }
    SUBCASE("one that came too late is tried again, by what the client has seen since") {
        town.auction.resource.refusal = Refusal{412, "it has changed", ""};
        const auto late = town.post(tied(1), key);
        CHECK(late->status() == 412);
        CHECK(json::parse(late->body()).at("error") == "it has changed");
        town.auction.resource.refusal = {};
        CHECK(town.post(tied(2), key)->status() == 200);
        CHECK(town.auction.resource.committed.size() == 1);
    }
    SUBCASE("another request is refused") {
        REQUIRE(town.post(tied(1), key)->status() == 200);
        json other = close_seven;
        other["request"] = {{"why", "x"}};
        CHECK(town.post(other, key)->status() == 422);
    }
}

TEST_CASE("another coordinator finishes what a dead one has begun") {
    Town town;
    SUBCASE("still open for votes: it is aborted") {
        town.history.line.is_cut = true;
        town.post(close_seven);
        town.first.reset();
        town.history.line.is_cut = false;
        town.start(town.second, "two");
        town.scheduler.advance_ms(4'000);
        CHECK(town.auction.resource.aborted.size() == 1);
    }
    SUBCASE("decided, and not told to all: it is committed everywhere") {
        town.auction.line.is_cut = true;
        town.post(close_seven);
        town.scheduler.advance_ms(500);
        town.auction.line.is_cut = false;
        town.scheduler.advance_ms(450);
        town.first.reset();
        town.start(town.second, "two");
        town.scheduler.advance_ms(4'000);
        CHECK(town.auction.resource.committed.size() == 1);
        CHECK(town.history.resource.committed.size() == 1);
    }
    CHECK(town.auction.resource.held.empty());
    CHECK(town.history.resource.held.empty());
    CHECK(town.auction.driver.open_transactions() == 0);
}

TEST_CASE("a participant in doubt hears the decision from whichever coordinator it asks") {
    Town town;
    const auto answer = town.post(close_seven);
    const std::string id = json::parse(answer->body()).at("transaction_id");
    const auto inquire = [&](const std::string& about, const json& body) {
        auto heard =
            ask(town.first->handler, "POST", "/transactions/" + about + "/inquiry", body.dump());
        town.scheduler.run_ready();
        town.scheduler.advance_ms(1'100);
        return heard;
    };
    const json me = {{"participant", "history_service"}};
    CHECK(json::parse(inquire(id, me)->body()).at("decision") == "commit");
    CHECK(json::parse(inquire("never.1", me)->body()).at("decision") == "abort");
    CHECK(inquire(id, json::object())->status() == 400);
    town.history.line.is_cut = true;
    town.post({{"kind", "close"}, {"auction_id", "8"}});
    const auto list = json::parse(town.get("/transactions?limit=1")->body()).at("transactions");
    CHECK(json::parse(inquire(list[0].at("id"), me)->body()).at("decision") == "pending");
}

TEST_CASE("transactions are listed newest first, in pages") {
    Town town;
    for (int i = 0; i < 5; ++i) {
        REQUIRE(town.post({{"kind", "create"}, {"name", "n" + std::to_string(i)}})->status() ==
                200);
    }
    const auto first = json::parse(town.get("/transactions?limit=2")->body()).at("transactions");
    REQUIRE(first.size() == 2);
    CHECK(first[0].at("name") == "n4");
    const auto position = first[1].at("position").get<std::int64_t>();
    const auto next =
        json::parse(town.get("/transactions?before=" + std::to_string(position))->body())
            .at("transactions");
    REQUIRE(next.size() == 3);
    CHECK(next[0].at("name") == "n2");
    CHECK(town.get("/transactions?limit=101")->status() == 400);
    CHECK(town.get("/transactions?before=x")->status() == 400);
    CHECK(town.get("/transactions/none")->status() == 404);
}

TEST_CASE("requests of another shape are refused with 400, and begin nothing") {
    Town town;
    const std::vector<json> bad = {
        json::object(),
        {{"kind", "bid"}},
        {{"kind", 7}},
        {{"kind", "close"}},
        {{"kind", "close"}, {"auction_id", ""}},
        {{"kind", "close"}, {"auction_id", -1}},
        {{"kind", "close"}, {"auction_id", {1}}},
        {{"kind", "close"}, {"auction_id", std::string(100, 'x')}},
    };
    for (const auto& body : bad) {
        CAPTURE(body.dump());
        CHECK(town.post(body)->status() == 400);
    }
    CHECK(town.post(close_seven, {{"Idempotency-Key", ""}})->status() == 400);
    CHECK(town.post(close_seven, {{"Idempotency-Key", std::string(300, 'x')}})->status() == 400);
    CHECK(town.post({{"kind", "create"}, {"name", std::string(70'000, 'x')}})->status() == 413);
    CHECK(json::parse(town.get("/transactions")->body()).at("transactions").empty());
}

TEST_CASE("many transactions on different auctions go on side by side") {
    Town town;
    std::deque<Answer> answers;
    for (int i = 0; i < 200; ++i) {
        answers.push_back(ask(town.first->handler, "POST", "/transactions",
                              json{{"kind", "close"}, {"auction_id", std::to_string(i)}}.dump()));
    }
    town.scheduler.run_ready();
    for (const auto& answer : answers) CHECK(answer->status() == 200);
    CHECK(town.auction.resource.committed.size() == 200);
}

}  // namespace
}  // namespace gavel::two_phase
