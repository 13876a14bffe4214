#include "consensus/raft/driver/raft_node.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "consensus/raft/driver/message_bundle.h"
#include "tests/raft/driver/node_cluster.h"

namespace gavel::raft {
namespace {

using nlohmann::json;
using testing::NodeCluster;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string reason_to_refuse(NodeCluster& cluster, NodeId id) {
    try {
        cluster.start(id);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("a cluster begins when all of its nodes have met, and not before") {
    NodeCluster cluster(3);
    cluster.start(1);
    cluster.start(2);
    cluster.run_ms(10'000);
    CHECK(cluster[1].node->driver() == nullptr);
    CHECK(contains(cluster[1].node->waits_for(), ": 3"));
    cluster.start(3);
    cluster.wait_for_leader();
    const auto id = cluster[1].node->cluster_id();
    CHECK_FALSE(id.empty());
    CHECK(cluster[2].node->cluster_id() == id);
    CHECK(cluster[3].node->cluster_id() == id);
}

TEST_CASE("what was proposed is applied by every node, and still there after a restart of all") {
    NodeCluster cluster(3);
    cluster.start_all();
    for (const auto* command : {"a", "b", "c"}) cluster.propose(command);
    cluster.wait_for_commands({"a", "b", "c"});
    for (NodeId id = 1; id <= 3; ++id) cluster.stop(id);
    cluster.start_all();
    cluster.propose("d");
    cluster.wait_for_commands({"a", "b", "c", "d"});
}

TEST_CASE("a follower that was away gets what it missed, by entries or by a snapshot") {
    NodeCluster cluster(3);
    for (NodeId id = 1; id <= 3; ++id) cluster.settings(id).snapshot_interval_entries = 10;
    cluster.start_all();
    cluster.propose("first");
    std::vector<std::string> all{"first"};
    const NodeId away = cluster.wait_for_leader() % 3 + 1;
    cluster.wait_for_commands(all);
    cluster.stop(away);
    for (int i = 0; i < 50; ++i) {
        all.push_back("command " + std::to_string(i));
        cluster.propose(all.back());
        cluster.run_ms(20);
    }
    cluster.wait_for_commands(all);
    cluster.start(away);
    cluster.wait_for_commands(all);
    CHECK(cluster[away].machine->restores == 1);
}

TEST_CASE("a node that lost its disk is refused under its id, and joins under another") {
    NodeCluster cluster(3);
    cluster.start_all();
    cluster.propose("a");
    const NodeId leader = cluster.wait_for_leader();
    const NodeId lost = leader % 3 + 1;
    cluster.wait_for_commands({"a"});
    cluster.stop(lost);
    cluster.wipe(lost);
    auto& wiped = cluster.start(lost);
    cluster.run_until([&] { return !wiped.fatal.empty(); });
    CHECK(contains(wiped.fatal[0], "has another disk"));
    CHECK(contains(wiped.fatal[0], "RAFT_JOIN=1"));
    CHECK(wiped.node->driver() == nullptr);
    cluster.stop(lost);

    auto& settings = cluster.settings(4);
    settings = cluster.settings(leader);
    settings.id = 4;
    settings.peers[4] = "http://node-4:9001";
    settings.joining = true;
    settings.data_dir = cluster.folder(4);
    cluster.start(4);
    cluster.run_until([&] { return cluster[4].node->driver() != nullptr; });
    const auto added =
        cluster.ask(leader, "POST", "/raft/members", R"({"id":4,"url":"http://node-4:9001"})");
    CHECK(added->status() == 200);
    cluster.run_until(
        [&] { return cluster[leader].node->driver()->core().membership().is_voter(4); });
    const auto removed =
        cluster.ask(4, "DELETE", "/raft/members/" + std::to_string(lost));  // passed on
    CHECK(removed->status() == 200);
    CHECK(json::parse(removed->body())["members"].size() == 3);
    cluster.propose("b");
    cluster.wait_for_commands({"a", "b"});

    // And its id is never used again.
    const auto again =
        cluster.ask(leader, "POST", "/raft/members",
                    R"({"id":)" + std::to_string(lost) + R"(,"url":"http://node-4:9001"})");
    CHECK(again->status() == 409);
}

TEST_CASE("two nodes with one id: the second is refused") {
    NodeCluster cluster(3);
    cluster.start_all();
    cluster.wait_for_leader();
    Hello impostor = cluster[2].node->self();
    impostor.disk_id = "another";
    impostor.cluster_id = "";
    const auto answer = cluster.ask(1, "POST", "/raft/hello", impostor.to_json().dump());
    CHECK(answer->status() == 409);
    CHECK(cluster.ask(2, "POST", "/raft/hello", impostor.to_json().dump())->status() == 409);
}

TEST_CASE("two nodes with one id that meet before the cluster begins: the second is refused") {
    NodeCluster cluster(3);
    cluster.start(1);
    cluster.start(2);
    cluster.run_ms(1'000);
    Hello impostor = cluster[2].node->self();
    impostor.disk_id = "another";
    const auto answer = cluster.ask(1, "POST", "/raft/hello", impostor.to_json().dump());
    CHECK(answer->status() == 409);
    CHECK(contains(answer->body(), "another node has said already that it is node 2"));
}

TEST_CASE("peer lists that disagree are refused before the cluster begins, and after") {
    NodeCluster cluster(3);
    cluster.settings(2).peers[3] = "http://node-4:9001";
    cluster.start(1);
    cluster.start(2);
    cluster.run_until([&] { return !cluster[1].fatal.empty() || !cluster[2].fatal.empty(); });
    const auto& why = cluster[1].fatal.empty() ? cluster[2].fatal[0] : cluster[1].fatal[0];
    CHECK(contains(why, "peer lists disagree"));

    NodeCluster begun(3);
    begun.start_all();
    begun.wait_for_leader();
    begun.stop(2);
    begun.settings(2).peers[3] = "http://node-4:9001";
    CHECK(contains(reason_to_refuse(begun, 2), "was begun with RAFT_PEERS="));
}

TEST_CASE("the data of another cluster, of another node, or without its log is refused") {
    NodeCluster cluster(3);
    NodeCluster other(3);
    cluster.start_all();
    other.start_all();
    cluster.wait_for_leader();
    other.wait_for_leader();
    cluster.stop(2);
    other.stop(2);
    cluster.settings(2).data_dir = other.folder(2);
    auto& stranger = cluster.start(2);
    cluster.run_until([&] { return !stranger.fatal.empty(); });
    CHECK(contains(stranger.fatal[0], "has the data of cluster"));
    cluster.stop(2);

    cluster.settings(2).data_dir = cluster.folder(3);
    cluster.stop(3);
    CHECK(contains(reason_to_refuse(cluster, 2), "this is the data of node 3"));

    cluster.settings(2).data_dir = cluster.folder(2);
    std::filesystem::remove(cluster.folder(2) + "/raft.db");
    CHECK(contains(reason_to_refuse(cluster, 2), "the log is missing"));
}

TEST_CASE("a call is taken from members of this cluster alone, and only whole") {
    NodeCluster cluster(3);
    for (NodeId id = 1; id <= 3; ++id) cluster.settings(id).token = "secret";
    cluster.start_all();
    const NodeId leader = cluster.wait_for_leader();
    const NodeId here = leader % 3 + 1;
    const NodeId friendly = 6 - leader - here;
    const auto before = cluster[here].node->driver()->core().status();
    const auto caller = cluster[friendly].node->caller_headers();
    const auto with = [&caller](const char* name, const std::string& value) {
        Headers headers = caller;
        headers.set(name, value);
        return headers;
    };
    Message vote;
    vote.type = MessageType::append_response;
    vote.from = friendly;
    vote.to = here;
    vote.term = before.term;
    MessageBundle bundle;
    bundle.add(vote, 1'000'000);
    const std::string good = bundle.take();
    const auto status = [&](const std::string& body, const Headers& headers) {
        return cluster.ask(here, "POST", "/raft/append_entries", body, headers)->status();
    };
    CHECK(status(good, caller) == 200);
    CHECK(status(good, with("Gavel-Cluster-Token", "wrong!")) == 401);
    CHECK(status(good, with("Gavel-Cluster", "r0")) == 409);
    CHECK(status(good, with("Gavel-Disk", "another")) == 409);
    CHECK(status(good, with("Gavel-Node", "9")) == 403);
    CHECK(status(good, with("Gavel-Node", "x")) == 400);
    CHECK(status(good, with("Gavel-Node", std::to_string(leader))) == 409);  // not its disk
    CHECK(status("{}", caller) == 400);
    CHECK(status(good + "x", caller) == 400);
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
    CHECK(status(flipped, caller) == 400);
    vote.from = leader;
    bundle.add(vote, 1'000'000);
    CHECK(status(bundle.take(), caller) == 400);  // speaks for another
    const auto after = cluster[here].node->driver()->core().status();
    CHECK(after.term == before.term);
    CHECK(after.leader == before.leader);
    CHECK(cluster.ask(here, "POST", "/raft/transfer_leadership", "{}")->status() == 401);
    CHECK(cluster.ask(here, "DELETE", "/raft/members/1")->status() == 401);
    CHECK(cluster.ask(here, "GET", "/raft/status")->status() == 200);
}

TEST_CASE("a linearizable read waits for the leader's word, and fails without a majority") {
    NodeCluster cluster(3);
    cluster.start_all();
    cluster.propose("a");
    const NodeId leader = cluster.wait_for_leader();
    const NodeId follower = leader % 3 + 1;
    std::optional<bool> confirmed;
    cluster[follower].node->driver()->read([&](bool yes) { confirmed = yes; });
    cluster.run_until([&] { return confirmed.has_value(); });
    CHECK(*confirmed);
    CHECK(cluster[follower].machine->commands() == std::vector<std::string>{"a"});

    confirmed.reset();
    cluster.isolate(leader);
    cluster[leader].node->driver()->read([&](bool yes) { confirmed = yes; });
    cluster.run_until([&] { return confirmed.has_value(); });
    CHECK_FALSE(*confirmed);
}

TEST_CASE("a leader that is cut off steps down, and the others elect another within 3 s") {
    NodeCluster cluster(5);
    cluster.start_all();
    const NodeId old = cluster.wait_for_leader();
    cluster.isolate(old);
    const auto begin_us = cluster.scheduler.now_us();
    cluster.run_until([&] {
        for (NodeId id = 1; id <= 5; ++id) {
            if (id != old && cluster[id].leads()) return true;
        }
        return false;
    });
    CHECK(cluster.scheduler.now_us() - begin_us <= 3'100'000);
    cluster.run_until([&] { return !cluster[old].leads(); });
    cluster.heal();
    cluster.propose("after");
    cluster.wait_for_commands({"after"});
}

TEST_CASE("leadership is handed to the node that an operator names, through any node") {
    NodeCluster cluster(3);
    cluster.start_all();
    cluster.propose("a");
    const NodeId leader = cluster.wait_for_leader();
    const NodeId target = leader % 3 + 1;
    const auto answer = cluster.ask(target, "POST", "/raft/transfer_leadership",
                                    R"({"target":)" + std::to_string(target) + "}");
    CHECK(answer->status() == 200);
    cluster.run_until([&] { return cluster[target].leads(); });
    CHECK(cluster.ask(target, "POST", "/raft/transfer_leadership", R"({"target":"x"})")->status() ==
          400);
    CHECK(cluster.ask(target, "POST", "/raft/transfer_leadership", R"({"target":99})")->status() ==
          400);
}

TEST_CASE("the status of a leader tells how far each follower is") {
    NodeCluster cluster(3);
    cluster.start_all();
    cluster.propose("a");
    const NodeId leader = cluster.wait_for_leader();
    cluster.wait_for_commands({"a"});
    cluster.run_ms(2'000);
    const auto status = json::parse(cluster.ask(leader, "GET", "/raft/status")->body());
    CHECK(status["role"] == "leader");
    CHECK(status["leader_id"] == leader);
    CHECK(status["commit_index"] == status["last_index"]);
    CHECK(status["peers"].size() == 2);
    CHECK(status["peers"][0]["lag"] == 0);
    CHECK(status["peers"][0]["recently_heard"] == true);
}

TEST_CASE("what makes no sense as a change of members is refused and changes nothing") {
    NodeCluster cluster(3);
    cluster.start_all();
    const NodeId leader = cluster.wait_for_leader();
    for (const auto* body : {"{}", R"({"id":0,"url":"http://node-4:9001"})", R"({"id":4})",
                             R"({"id":"4","url":"http://node-4:9001"})"}) {
        CHECK(cluster.ask(leader, "POST", "/raft/members", body)->status() == 400);
    }
    // Nobody is there.
    CHECK(cluster.ask(leader, "POST", "/raft/members", R"({"id":4,"url":"http://node-4:9001"})")
              ->status() == 409);
    CHECK(cluster.ask(leader, "DELETE", "/raft/members/9")->status() == 404);
    CHECK(cluster.ask(leader, "DELETE", "/raft/members/x")->status() == 404);
    CHECK(json::parse(cluster.ask(leader, "GET", "/raft/members")->body())["members"].size() == 3);
}

}  // namespace
}  // namespace gavel::raft
