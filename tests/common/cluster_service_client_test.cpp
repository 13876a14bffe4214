#include "common/http/cluster_service_client.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/limits.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using testing::FakeServiceClient;

// Three nodes, n0 to n2, of which n0 happens to be asked first; and what the caller was told:
// "200 {…}" or the failure.
struct Cluster {
    testing::ManualScheduler scheduler;
    std::array<FakeServiceClient*, 3> nodes{};
    std::unique_ptr<ClusterServiceClient> client;
    std::vector<std::string> told;
    Response last_answer;

    Cluster() {
        // The seed decides who is first; one of the first few decides for n0.
        for (std::uint64_t seed = 1;; ++seed) {
            make(seed);
            client->send(read_request("/"), [](const ServiceResult&) {});
            const bool begins_with_n0 = nodes[0]->waiting() == 1;
            make(seed);
            if (begins_with_n0) return;
        }
    }
    void make(std::uint64_t seed) {
        std::vector<ClusterServiceClient::Node> all;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            auto node = std::make_unique<FakeServiceClient>();
            nodes[i] = node.get();
            all.push_back({"http://n" + std::to_string(i) + ":9001", std::move(node)});
        }
        client = std::make_unique<ClusterServiceClient>("auction service", std::move(all),
                                                        scheduler, seed);
    }

    static ServiceRequest read_request(std::string target) {
        ServiceRequest request;
        request.method = "GET";
        request.target = std::move(target);
        return request;
    }
    void send(ServiceRequest request) {
        client->send(std::move(request), [this](const ServiceResult& result) {
            last_answer = result.response;
            told.push_back(shown(result));
        });
    }
    void read(std::string target = "/auctions") { send(read_request(std::move(target))); }
    void write(bool repeatable = true) {
        ServiceRequest request;
        request.method = "POST";
        request.target = "/auctions";
        request.body = "{}";
        request.headers = {{"Gavel-Session", "s"}};
        request.repeatable = repeatable;
        send(std::move(request));
    }
    static std::string shown(const ServiceResult& result) {
        switch (result.failure) {
            case ServiceFailure::none:
                return std::to_string(result.response.status) + " " + result.response.body;
            case ServiceFailure::unreachable: return "unreachable";
            case ServiceFailure::lost: return "lost";
            case ServiceFailure::timed_out: return "timed out";
            case ServiceFailure::overloaded: return "overloaded";
            case ServiceFailure::too_large: break;
        }
        return "too large";
    }

    // The node that is being asked; three when none is.
    std::size_t asked() const {
        std::size_t i = 0;
        while (i < nodes.size() && nodes[i]->waiting() == 0) ++i;
        return i;
    }
    FakeServiceClient& now() { return *nodes.at(asked()); }
    void pause() { scheduler.advance_ms(200); }
    // Answers of nodes.
    void no_leader() { now().answer(503, "{}", {{"Retry-After", "1"}}); }
    void leads(int status = 200, std::string body = "{}") {
        now().answer(status, std::move(body), {{"Gavel-Leader", "self"}});
    }
    void follows(const std::string& leader, int status = 200) {
        now().answer(status, "{}", {{"Gavel-Leader", leader}});
    }
};

using Told = std::vector<std::string>;

TEST_CASE("a request and its answer pass through as they are") {
    Cluster c;
    c.write();
    const auto& sent = c.now().last();
    CHECK(sent.method == "POST");
    CHECK(sent.target == "/auctions");
    CHECK(sent.body == "{}");
    CHECK(sent.headers.find("Gavel-Session") == "s");
    c.leads(201, "{a}");
    CHECK(c.told == Told{"201 {a}"});
}

// ---- Who is asked ----

TEST_CASE("writes go to the node that an answer named as the leader") {
    Cluster c;
    c.write();
    c.follows("http://n2:9001");
    c.write();
    CHECK(c.asked() == 2);
    c.leads();
    c.write();
    CHECK(c.asked() == 2);
    c.follows("http://n1:9001/");
    c.write();
    CHECK(c.asked() == 1);
    CHECK(c.told.size() == 3);
}

TEST_CASE("the node that says self is the leader") {
    Cluster c;
    c.write();
    c.no_leader();
    c.pause();
    CHECK(c.asked() == 1);
    c.leads();
    c.write();
    CHECK(c.asked() == 1);
}

TEST_CASE("a leader that is not in the list is ignored, and so is an answer without one") {
    Cluster c;
    for (const std::string url : {"http://n9:9001", "", "self ", "n1:9001", "http://n1"}) {
        c.write();
        CHECK(c.asked() == 0);
        c.follows(url);
    }
    c.write();
    CHECK(c.asked() == 0);
    c.now().answer(200, "{}");
    c.write();
    CHECK(c.asked() == 0);
}

TEST_CASE("reads stay with one node, whoever leads") {
    Cluster c;
    c.read();
    c.follows("http://n2:9001");
    c.read("/feed?after=3&wait_ms=20000");
    CHECK(c.asked() == 0);
    c.follows("http://n2:9001");
    c.write();
    CHECK(c.asked() == 2);
    c.leads();
    c.read();
    CHECK(c.asked() == 0);
}

TEST_CASE("reads move on when their node fails, and stay there") {
    Cluster c;
    c.read();
    c.now().fail(ServiceFailure::unreachable);
    c.pause();
    CHECK(c.asked() == 1);
    c.now().answer(200, "{r}");
    CHECK(c.told == Told{"200 {r}"});
    c.read();
    CHECK(c.asked() == 1);
    c.now().answer(200, "{}");
    c.write();
    CHECK(c.asked() == 0);
}

TEST_CASE("what a read was answered does not unsay what a write was answered") {
    Cluster c;
    c.write();
    c.follows("http://n2:9001");
    c.read();
    c.follows("http://n1:9001");  // lags behind
    c.write();
    CHECK(c.asked() == 2);
}

TEST_CASE("a leader that fails is asked last by everyone, until an answer names it again") {
    Cluster c;
    c.write();
    c.write();
    CHECK(c.nodes[0]->waiting() == 2);
    c.nodes[0]->fail(ServiceFailure::unreachable);
    c.nodes[0]->fail(ServiceFailure::unreachable);
    c.write();
    CHECK(c.nodes[1]->waiting() == 1);
    c.pause();
    CHECK(c.nodes[1]->waiting() == 3);
    c.nodes[1]->answer(200, "{}", {{"Gavel-Leader", "http://n0:9001"}});
    c.write();
    CHECK(c.nodes[0]->waiting() == 1);
}

TEST_CASE("a hint to a node that has just failed is not followed by the same request") {
    Cluster c;
    c.write();
    c.now().fail(ServiceFailure::unreachable);
    c.pause();
    CHECK(c.asked() == 1);
    c.follows("http://n0:9001", 503);
    c.pause();
    CHECK(c.asked() == 2);
    c.follows("http://n0:9001", 503);
    c.pause();  // all have failed: the next round begins with what is believed
    CHECK(c.asked() == 0);
    c.leads();
    CHECK(c.told == Told{"200 {}"});
}

// ---- What is repeated ----

TEST_CASE("a try after which nothing can have taken effect is repeated, even without a key") {
    for (const bool repeatable : {true, false}) {
        CAPTURE(repeatable);
        Cluster c;
        c.write(repeatable);
        c.now().fail(ServiceFailure::unreachable);
        c.pause();
        CHECK(c.asked() == 1);
        c.no_leader();
        c.pause();
        CHECK(c.asked() == 2);
        c.leads(201);
        CHECK(c.told == Told{"201 {}"});
    }
}

TEST_CASE("a try that may have taken effect is repeated when the request is repeatable") {
    Cluster c;
    c.write();
    c.now().fail(ServiceFailure::lost);
    c.pause();
    CHECK(c.asked() == 1);
    c.now().fail(ServiceFailure::timed_out);
    c.pause();
    CHECK(c.asked() == 2);
    c.now().answer(504, "{}");
    c.pause();
    c.leads(200, "{a}");
    CHECK(c.told == Told{"200 {a}"});
}

TEST_CASE("a try that may have taken effect is the caller's to judge when it is not repeatable") {
    for (const auto& [failure, name] : {std::pair(ServiceFailure::lost, "lost"),
                                        std::pair(ServiceFailure::timed_out, "timed out")}) {
        Cluster c;
        c.write(false);
        c.now().fail(failure);
        c.pause();
        CHECK(c.asked() == 3);
        CHECK(c.told == Told{name});
    }
    Cluster c;
    c.write(false);
    c.now().answer(504, R"({"error":"the leader was lost"})");
    c.pause();
    CHECK(c.asked() == 3);
    CHECK(c.told == Told{R"(504 {"error":"the leader was lost"})"});
    c.write(false);
    CHECK(c.asked() == 1);  // the next request does not wait for the same node
}

TEST_CASE("a read is always repeatable") {
    Cluster c;
    for (const auto failure : {ServiceFailure::lost, ServiceFailure::timed_out}) {
        c.read();
        c.now().fail(failure);
        c.pause();
        c.now().answer(200, "{}");
    }
    CHECK(c.told == Told{"200 {}", "200 {}"});
}

TEST_CASE("any other answer is the caller's at once") {
    for (const int status : {200, 201, 400, 404, 409, 410, 422, 500, 502}) {
        Cluster c;
        c.write();
        c.leads(status);
        CHECK(c.told == Told{std::to_string(status) + " {}"});
    }
    Cluster c;
    c.write();
    c.now().fail(ServiceFailure::too_large);
    c.write();
    c.now().fail(ServiceFailure::overloaded);
    CHECK(c.told == Told{"too large", "overloaded"});
}

// ---- Time ----

TEST_CASE(
    "between tries there is a pause that grows from 20 to 200 ms, and is not always the same") {
    Cluster c;
    std::vector<std::int64_t> pauses_us;
    c.write();
    for (int i = 0; i < 20; ++i) {
        c.no_leader();
        CHECK(c.asked() == 3);
        const auto begin_us = c.scheduler.now_us();
        while (c.asked() == 3) c.scheduler.advance_ms(1);
        pauses_us.push_back(c.scheduler.now_us() - begin_us);
    }
    std::int64_t longest_us = 20'000;
    for (const auto pause_us : pauses_us) {
        CHECK(pause_us >= longest_us / 2);
        CHECK(pause_us <= longest_us + 1'000);
        longest_us = std::min<std::int64_t>(longest_us * 2, 200'000);
    }
    CHECK(pauses_us[10] != pauses_us[11]);
}

TEST_CASE("a try has two seconds, at the end what is left") {
    Cluster c;
    c.write();
    std::int64_t last_ms = 0;
    while (c.told.empty()) {
        last_ms = c.now().last().timeout_ms;
        CHECK(last_ms <= limits::cluster_try_timeout_ms);
        c.scheduler.advance_ms(last_ms);
        c.now().fail(ServiceFailure::timed_out);
        c.pause();
    }
    CHECK(c.nodes[0]->requests()[0].timeout_ms == limits::cluster_try_timeout_ms);
    CHECK(last_ms < limits::cluster_try_timeout_ms);
}

TEST_CASE("a try that cannot be repeated has all the time there is") {
    Cluster c;
    c.write(false);
    CHECK(c.now().last().timeout_ms == limits::cluster_timeout_ms);
    c.scheduler.advance_ms(1'000);
    c.no_leader();
    c.pause();
    CHECK(c.now().last().timeout_ms < limits::cluster_timeout_ms - 1'000);
    CHECK(c.now().last().timeout_ms > limits::cluster_timeout_ms - 1'300);
}

// Answers each try with 503 until the caller is told; how long that took.
std::int64_t refuse_until_told(Cluster& c) {
    const auto begin_us = c.scheduler.now_us();
    while (c.told.empty()) {
        if (c.asked() != 3) c.no_leader();
        c.scheduler.advance_ms(1);
    }
    return (c.scheduler.now_us() - begin_us) / 1000;
}

TEST_CASE("a write survives an election") {
    Cluster c;
    c.write(false);
    const auto begin_us = c.scheduler.now_us();
    while (c.scheduler.now_us() < begin_us + 3'500'000) {
        if (c.asked() != 3) c.no_leader();
        c.scheduler.advance_ms(1);
    }
    CHECK(c.told.empty());
    while (c.asked() == 3) c.scheduler.advance_ms(1);
    c.leads();
    CHECK(c.told == Told{"200 {}"});
}

TEST_CASE("a write is given up after ten seconds, with 503 when nothing can have taken effect") {
    Cluster c;
    c.write(false);
    const auto took_ms = refuse_until_told(c);
    CHECK(took_ms <= limits::cluster_timeout_ms + 1);
    CHECK(took_ms >= limits::cluster_timeout_ms - 201);
    CHECK(c.told == Told{R"(503 {"error":"no node of the auction service can do this now, )"
                         R"(try again"})"});
    CHECK(c.last_answer.headers.find("Retry-After") == "1");
    c.scheduler.advance_ms(60'000);
    CHECK(c.asked() == 3);
    CHECK(c.told.size() == 1);
}

TEST_CASE("a write that may have taken effect is given up as one that took too long") {
    Cluster c;
    c.write();
    c.now().fail(ServiceFailure::lost);
    refuse_until_told(c);
    CHECK(c.told == Told{"timed out"});
}

TEST_CASE("a write that asks for more time has it, one that asks for less has ten seconds too") {
    for (const std::int64_t asked_ms : {100, 20'000}) {
        Cluster c;
        ServiceRequest request;
        request.method = "POST";
        request.timeout_ms = asked_ms;
        c.send(std::move(request));
        const auto expected_ms = std::max(asked_ms, limits::cluster_timeout_ms);
        const auto took_ms = refuse_until_told(c);
        CHECK(took_ms <= expected_ms + 1);
        CHECK(took_ms >= expected_ms - 201);
    }
}

TEST_CASE("a read has its own time limit") {
    Cluster c;
    auto request = Cluster::read_request("/auctions");
    request.timeout_ms = 1'000;
    c.send(std::move(request));
    CHECK(c.now().last().timeout_ms == 1'000);
    CHECK(refuse_until_told(c) <= 1'001);
    CHECK(c.told[0].substr(0, 4) == "503 ");
}

TEST_CASE("when the leader itself refused all the time, its own words are told") {
    Cluster c;
    c.write();
    c.now().answer(503, R"({"error":"there is no room"})",
                   {{"Gavel-Leader", "self"}, {"Retry-After", "5"}});
    refuse_until_told(c);
    CHECK(c.told == Told{R"(503 {"error":"there is no room"})"});
    CHECK(c.last_answer.headers.find("Retry-After") == "5");
}

// ---- Long polls ----

TEST_CASE("a long poll has its own time limit at each node, and is tried once at each") {
    Cluster c;
    auto poll = Cluster::read_request("/feed?after=7&wait_ms=20000&log_id=L");
    poll.timeout_ms = 25'000;
    c.send(poll);
    CHECK(c.now().last().timeout_ms == 25'000);
    c.scheduler.advance_ms(20'000);
    c.now().fail(ServiceFailure::unreachable);
    c.pause();
    CHECK(c.asked() == 1);
    CHECK(c.now().last().timeout_ms == 25'000);
    c.no_leader();
    c.pause();
    CHECK(c.asked() == 2);
    c.no_leader();
    CHECK(c.told.size() == 1);
    CHECK(c.told[0].substr(0, 4) == "503 ");
    c.send(poll);
    CHECK(c.asked() == 0);
}

TEST_CASE("a long poll whose time is over is not tried elsewhere, but the next one is") {
    Cluster c;
    auto poll = Cluster::read_request("/feed?wait_ms=20000");
    poll.timeout_ms = 25'000;
    c.send(poll);
    c.scheduler.advance_ms(25'000);
    c.now().fail(ServiceFailure::timed_out);
    CHECK(c.told == Told{"timed out"});
    c.send(poll);
    CHECK(c.asked() == 1);
}

// ---- Limits and ends ----

TEST_CASE("more requests than the limit are refused, and there is room again after answers") {
    Cluster c;
    for (std::size_t i = 0; i < limits::max_queued_requests; ++i) c.write();
    CHECK(c.told.empty());
    c.write();
    CHECK(c.told == Told{"overloaded"});
    c.leads();
    c.write();
    CHECK(c.told == Told{"overloaded", "200 {}"});
}

TEST_CASE("a callback may send the next request") {
    Cluster c;
    c.client->send(Cluster::read_request("/a"), [&](const ServiceResult&) { c.read("/b"); });
    c.now().answer(200, "{}");
    CHECK(c.now().last().target == "/b");
    c.now().answer(200, "{b}");
    CHECK(c.told == Told{"200 {b}"});
}

TEST_CASE("nobody is called after the client has gone") {
    Cluster c;
    c.write();
    c.no_leader();
    c.client = nullptr;
    c.scheduler.advance_ms(60'000);
    CHECK(c.told.empty());
}

}  // namespace
}  // namespace gavel
