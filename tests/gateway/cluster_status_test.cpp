#include "services/gateway/cluster_status.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/limits.h"
#include "services/gateway/gateway_service.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

// A gateway whose auction service is three nodes, of which the test plays each.
struct Cluster {
    explicit Cluster(std::size_t size = 3) : nodes(size) {
        std::vector<ClusterStatus::Node> list;
        for (std::size_t i = 0; i < size; ++i) {
            list.push_back({"n" + std::to_string(i + 1) + ":9001", nodes[i]});
        }
        gateway = std::make_unique<GatewayService>(
            scheduler, GatewayService::Clients{auctions, bidding, history}, std::nullopt,
            std::move(list));
    }
    auto ask() const { return testing::ask(gateway->handler(), "GET", "/api/cluster"); }
    // Answers both questions to the node with that number, counted from 1.
    void answer(std::size_t node, const json& status) {
        nodes[node - 1].answer(200, status.dump());
        nodes[node - 1].answer(200, members().dump());
    }
    void fail(std::size_t node, ServiceFailure failure) {
        nodes[node - 1].fail(failure);
        nodes[node - 1].fail(failure);
    }
    static json members() {
        json list = json::array();
        for (int id = 1; id <= 3; ++id) {
            const std::string url = "http://n" + std::to_string(id) + ":9001";
            list.push_back({{"id", id}, {"url", url}, {"disk_id", "secret"}, {"role", "voter"}});
        }
        return {{"members", list}};
    }
    static json follower(int id, int term, const json& leader) {
        return {{"node_id", id},       {"cluster_id", "c"},
                {"role", "follower"},  {"term", term},
                {"leader_id", leader}, {"commit_index", 7},
                {"applied_index", 6},  {"last_index", 8},
                {"peers", {}},         {"last_election_ms", 1'700'000'000'000}};
    }
    // Its peers lag by 0, 1, … in the order of their ids.
    static json leader(int id, int term) {
        json status = follower(id, term, id);
        status["role"] = "leader";
        status["peers"] = json::array();
        for (int peer = 1; peer <= 3; ++peer) {
            if (peer == id) continue;
            status["peers"].push_back({{"id", peer}, {"lag", status["peers"].size()}});
        }
        return status;
    }

    testing::ManualScheduler scheduler;
    testing::FakeServiceClient auctions;
    testing::FakeServiceClient bidding;
    testing::FakeServiceClient history;
    std::deque<testing::FakeServiceClient> nodes;
    std::unique_ptr<GatewayService> gateway;
};

TEST_CASE("the cluster's answer has what each node says of itself, and who leads") {
    Cluster c;
    const auto answer = c.ask();
    c.answer(1, Cluster::follower(1, 4, 2));
    c.answer(2, Cluster::leader(2, 4));
    CHECK_FALSE(answer->arrived);
    c.answer(3, Cluster::follower(3, 4, 2));
    REQUIRE(answer->status() == 200);
    const auto body = json::parse(answer->body());
    CHECK(body["leader_id"] == 2);
    CHECK(body["term"] == 4);
    REQUIRE(body["nodes"].size() == 3);
    CHECK(body["nodes"][0] == json{{"url", "n1:9001"},
                                   {"node_id", 1},
                                   {"role", "follower"},
                                   {"term", 4},
                                   {"leader_id", 2},
                                   {"commit_index", 7},
                                   {"applied_index", 6},
                                   {"last_index", 8},
                                   {"lag", 0},
                                   {"last_election_ms", 1'700'000'000'000},
                                   {"reachable", true}});
    CHECK(body["nodes"][1]["role"] == "leader");
    CHECK(body["nodes"][1]["lag"] == 0);
    CHECK(body["nodes"][2]["lag"] == 1);
}

TEST_CASE("all nodes are asked at once, each with a second to answer") {
    Cluster c;
    const auto answer = c.ask();
    for (const auto& node : c.nodes) {
        REQUIRE(node.requests().size() == 2);
        CHECK(node.requests()[0].target == "/raft/status");
        CHECK(node.requests()[1].target == "/raft/members");
        for (const auto& request : node.requests()) {
            CHECK(request.method == "GET");
            CHECK(request.timeout_ms == limits::cluster_status_timeout_ms);
        }
    }
}

TEST_CASE("a node that does not answer is listed as unreachable, with its lag and number") {
    Cluster c;
    const auto answer = c.ask();
    c.answer(1, Cluster::leader(1, 2));
    c.answer(2, Cluster::follower(2, 2, 1));
    c.fail(3, ServiceFailure::timed_out);
    const auto node = json::parse(answer->body())["nodes"][2];
    CHECK(node["url"] == "n3:9001");
    CHECK(node["reachable"] == false);
    CHECK(node["node_id"] == 3);
    CHECK(node["lag"] == 1);
    for (const auto* name : {"role", "term", "leader_id", "commit_index", "applied_index",
                             "last_index", "last_election_ms"}) {
        CHECK(node[name].is_null());
    }
}

TEST_CASE("whatever a node answers, only what it may say is shown") {
    const std::string rows[] = {"",
                                "no JSON",
                                "[]",
                                "7",
                                R"({"error":"internal: /data/raft.db is locked"})",
                                R"({"role":"<b>","term":"x","node_id":-1,"leader_id":{}})",
                                R"({"peers":7,"members":[[],{"url":7}]})"};
    for (const auto& row : rows) {
        Cluster c(1);
        const auto answer = c.ask();
        c.nodes[0].answer(200, row);
        c.nodes[0].answer(200, row);
        REQUIRE(answer->status() == 200);
        const auto body = json::parse(answer->body());
        CHECK(body["leader_id"].is_null());
        CHECK(body["term"].is_null());
        CHECK(body["nodes"][0]["role"].is_null());
        CHECK(body["nodes"][0]["node_id"].is_null());
        CHECK(answer->body().find("locked") == std::string::npos);
    }
    Cluster c(1);
    const auto answer = c.ask();
    c.nodes[0].answer(500, Cluster::leader(1, 2).dump());
    c.nodes[0].answer(500, Cluster::members().dump());
    CHECK(json::parse(answer->body())["nodes"][0]["reachable"] == false);
}

TEST_CASE("of two that say they lead, the one of the higher term does") {
    Cluster c;
    const auto answer = c.ask();
    c.answer(1, Cluster::leader(1, 2));
    c.answer(2, Cluster::leader(2, 3));
    c.answer(3, Cluster::follower(3, 3, 2));
    const auto body = json::parse(answer->body());
    CHECK(body["leader_id"] == 2);
    CHECK(body["term"] == 3);
    CHECK(body["nodes"][0]["lag"] == 0);
    CHECK(body["nodes"][2]["lag"] == 1);
}

TEST_CASE("while nobody leads there is a term, no leader and no lag") {
    Cluster c;
    const auto answer = c.ask();
    auto candidate = Cluster::follower(1, 5, nullptr);
    candidate["role"] = "candidate";
    c.answer(1, candidate);
    c.answer(2, Cluster::follower(2, 4, 3));
    c.fail(3, ServiceFailure::unreachable);
    const auto body = json::parse(answer->body());
    CHECK(body["leader_id"].is_null());
    CHECK(body["term"] == 5);
    CHECK(body["nodes"][0]["role"] == "candidate");
    for (const auto& node : body["nodes"]) CHECK(node["lag"].is_null());
}

TEST_CASE("when no node answers, all are listed") {
    Cluster c;
    const auto answer = c.ask();
    for (std::size_t node = 1; node <= 3; ++node) c.fail(node, ServiceFailure::unreachable);
    REQUIRE(answer->status() == 200);
    const auto body = json::parse(answer->body());
    CHECK(body["nodes"].size() == 3);
    CHECK(body["term"].is_null());
}

TEST_CASE("whoever asks while the nodes are asked gets the same answer") {
    Cluster c(1);
    const auto first = c.ask();
    const auto second = c.ask();
    CHECK(c.nodes[0].requests().size() == 2);
    c.answer(1, Cluster::leader(1, 1));
    CHECK(first->status() == 200);
    CHECK(second->body() == first->body());
    const auto third = c.ask();
    CHECK(c.nodes[0].requests().size() == 4);
    CHECK_FALSE(third->arrived);
}

TEST_CASE("a single auction service is no cluster") {
    Cluster c(0);
    const auto answer = c.ask();
    CHECK(answer->status() == 200);
    CHECK(answer->body() == R"({"nodes":[]})");
    CHECK(c.auctions.requests().empty());
}

TEST_CASE("a gateway that has gone is not told what nodes answer") {
    Cluster c(1);
    const auto answer = c.ask();
    c.gateway.reset();
    c.answer(1, Cluster::leader(1, 1));
    CHECK(answer->status() != 200);
}

}  // namespace
}  // namespace gavel::gateway
