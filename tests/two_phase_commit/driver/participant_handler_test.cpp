#include "consensus/two_phase_commit/driver/participant_handler.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "consensus/two_phase_commit/driver/sqlite_participant_store.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"
#include "tests/two_phase_commit/driver/fake_resource.h"

namespace gavel::two_phase {
namespace {

using gavel::testing::ask;
using nlohmann::json;

// The service behind the participant.
class Behind : public JSONRequestHandler {
  public:
    Behind() : JSONRequestHandler("history_service") { route("GET", "/livez", &Behind::livez); }
    Response livez(const JSONRequest&) { return JSONResponse(200, {{"status", "ok"}}); }
};

struct Serving {
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::InlineExecutor disk;
    testing::FakeResource resource;
    SqliteParticipantStore store;
    gavel::testing::FakeServiceClient coordinator;
    ParticipantDriver driver;
    Behind behind;
    ParticipantHandler handler;

    explicit Serving(const std::string& path = "", const std::string& token = "")
        : store(scheduler, disk, path, {}),
          driver({"history_service", token, 50},
                 {scheduler, resource, store, {{"coordinator", coordinator}}}),
          handler(driver, behind) {}

    auto post(const std::string& what, const json& body, const Headers& headers = {}) {
        auto answer = ask(handler, "POST", "/two_phase/" + what, body.dump(), headers);
        scheduler.run_ready();
        return answer;
    }
};

json transaction(const std::string& id = "close-1.1000") {
    return {{"id", id},          {"kind", "close"},     {"payload", {{"auction_id", "7"}}},
            {"label", ""},       {"lock", "auction 7"}, {"participants", {"history_service"}},
            {"began_us", 1'000}, {"deadline_us", 2'000}};
}

json vote_request(const std::string& id = "close-1.1000") {
    return {{"coordinator", "coordinator"}, {"transaction", transaction(id)}};
}

json decision(const std::string& id = "close-1.1000") {
    return {{"coordinator", "coordinator"},
            {"transaction_id", id},
            {"began_us", 1'000},
            {"facts", {{"auction_service", {{"winner", "ann"}}}}}};
}

TEST_CASE("vote and commit over HTTP: the facts arrive, the result comes back") {
    Serving s;
    s.driver.start();
    const auto vote = s.post("vote_request", vote_request());
    CHECK(vote->status() == 200);
    CHECK(json::parse(vote->body()) == json{{"vote", "commit"}, {"facts", {{"reserved", 7}}}});
    CHECK(s.resource.held.count("close-1.1000") == 1);
    const auto done = s.post("global_commit", decision());
    CHECK(json::parse(done->body()) == json{{"acknowledged", true}, {"result", {{"status", 201}}}});
    CHECK(s.resource.told == Facts{{"auction_service", R"({"winner":"ann"})"}});
    CHECK(s.resource.held.empty());
    const auto again = s.post("global_commit", decision());
    CHECK(again->body() == done->body());
}

TEST_CASE("vote and abort over HTTP") {
    Serving s;
    s.driver.start();
    s.post("vote_request", vote_request());
    const auto conflict = s.post("vote_request", vote_request("close-2.1001"));
    CHECK(json::parse(conflict->body()).at("status") == Refusal::locked);
    const auto done = s.post("global_abort", decision());
    CHECK(json::parse(done->body()).at("acknowledged") == true);
    CHECK(s.resource.aborted.count("close-1.1000") == 1);
}

TEST_CASE("a service's refusal comes with its status, reason and answer") {
    Serving s;
    s.driver.start();
    s.resource.refusal = {404, "no such auction", R"({"error":"not found"})"};
    const auto vote = s.post("vote_request", vote_request());
    CHECK(json::parse(vote->body()) == json{{"vote", "abort"},
                                            {"status", 404},
                                            {"reason", "no such auction"},
                                            {"answer", {{"error", "not found"}}}});
}

TEST_CASE("a commit of what was never prepared is refused with 409") {
    Serving s;
    s.driver.start();
    const auto answer = s.post("global_commit", decision());
    CHECK(answer->status() == 409);
    CHECK(s.resource.committed.empty());
}

TEST_CASE("bodies of another shape are refused with 400, and change nothing") {
    Serving s;
    s.driver.start();
    const auto without = [](json body, const char* field) {
        body.erase(field);
        return body;
    };
    const auto with = [](json body, const char* field, const json& value) {
        body[field] = value;
        return body;
    };
    const auto changed = [](const char* field, const json& value) {
        auto body = vote_request();
        body["transaction"][field] = value;
        return body;
    };
    const std::vector<std::pair<const char*, json>> bad = {
        {"vote_request", json::object()},
        {"vote_request", without(vote_request(), "coordinator")},
        {"vote_request", without(vote_request(), "transaction")},
        {"vote_request", with(vote_request(), "transaction", "t")},
        {"vote_request", with(vote_request(), "coordinator", "")},
        {"vote_request", with(vote_request(), "coordinator", 7)},
        {"vote_request", changed("id", "")},
        {"vote_request", changed("id", "a/b")},
        {"vote_request", changed("id", std::string(200, 'x'))},
        {"vote_request", changed("kind", nullptr)},
        {"vote_request", changed("participants", "history_service")},
        {"vote_request", changed("participants", {1})},
        {"vote_request", changed("began_us", 0)},
        {"vote_request", changed("began_us", "1000")},
        {"vote_request", changed("deadline_us", -5)},
        {"vote_request", changed("lock", std::string(1'000, 'x'))},
        {"vote_request", changed("payload", std::string(100'000, 'x'))},
        {"global_commit", json::object()},
        {"global_commit", without(decision(), "transaction_id")},
        {"global_commit", with(decision(), "began_us", 1.5)},
        {"global_abort", without(decision(), "coordinator")},
        {"global_abort", with(decision(), "transaction_id", {1})},
    };
    for (const auto& [target, sent] : bad) {
        const std::string what = target;  // clang 14 captures no structured binding
        const auto body = sent;
        CAPTURE(what);
        CAPTURE(body.dump());
        CHECK(s.post(what, body)->status() == 400);
    }
    CHECK(ask(s.handler, "POST", "/two_phase/vote_request", "{")->status() == 400);
    CHECK(s.resource.held.empty());
}

TEST_CASE("who does not know the cluster's token is refused with 401") {
    Serving s("", "secret");
    s.driver.start();
    CHECK(s.post("vote_request", vote_request())->status() == 401);
    CHECK(s.post("global_commit", decision())->status() == 401);
    CHECK(s.post("global_abort", decision(), {{"Gavel-Cluster-Token", "secreT"}})->status() == 401);
    CHECK(s.post("vote_request", vote_request(), {{"Gavel-Cluster-Token", "secret"}})->status() ==
          200);
}

TEST_CASE("after a restart nobody is served before the locks are back, then it asks and obeys") {
    const gavel::testing::TemporaryDirectory folder;
    {
        Serving s(folder.file("p.db"));
        s.driver.start();
        REQUIRE(s.post("vote_request", vote_request())->status() == 200);
    }
    Serving s(folder.file("p.db"));
    s.resource.restores_at_once = false;
    s.driver.start();
    CHECK(s.post("vote_request", vote_request("close-2.1001"))->status() == 503);
    CHECK(ask(s.handler, "GET", "/events")->status() == 503);
    CHECK(ask(s.handler, "GET", "/livez")->status() == 200);
    REQUIRE(s.resource.waiting.size() == 1);
    s.resource.waiting[0]();
    CHECK(s.driver.is_serving());
    CHECK(ask(s.handler, "GET", "/events")->status() == 404);  // the service's own answer
    s.scheduler.advance_ms(50);
    REQUIRE(s.coordinator.requests().size() == 1);
    CHECK(s.coordinator.last().target == "/transactions/close-1.1000/inquiry");
    s.coordinator.answer(200, R"({"decision":"commit","facts":{"auction_service":1}})");
    s.scheduler.run_ready();
    CHECK(s.resource.committed.count("close-1.1000") == 1);
    CHECK(s.resource.told == Facts{{"auction_service", "1"}});
    CHECK(s.driver.open_transactions() == 0);
}

TEST_CASE("a participant in doubt goes on asking while nobody answers, and holds what it holds") {
    Serving s;
    s.driver.start();
    s.post("vote_request", vote_request());
    for (int i = 0; i < 600; ++i) {
        s.scheduler.advance_ms(100);
        while (s.coordinator.waiting() > 0) s.coordinator.fail(ServiceFailure::unreachable);
    }
    CHECK(s.coordinator.requests().size() > 8);
    CHECK(s.resource.held.count("close-1.1000") == 1);
    for (const char* odd : {"", "[]", R"({"decision":"perhaps"})", R"({"decision":"pending"})"}) {
        while (s.coordinator.waiting() == 0) s.scheduler.advance_ms(100);
        s.coordinator.answer(200, odd);
        CHECK(s.driver.open_transactions() == 1);
    }
    while (s.coordinator.waiting() == 0) s.scheduler.advance_ms(100);
    s.coordinator.answer(200, R"({"decision":"abort"})");
    s.scheduler.run_ready();
    CHECK(s.resource.aborted.count("close-1.1000") == 1);
    CHECK(s.driver.open_transactions() == 0);
}

}  // namespace
}  // namespace gavel::two_phase
