#include "services/runner/raft_service.h"

#include <doctest/doctest.h>

#include "tests/runner/tier.h"

namespace gavel {
namespace {

TEST_CASE("a write at any node takes effect at all, and tells who leads") {
    Tier tier(3);
    const auto leader = tier.leader();
    const auto follower = tier.follower();
    const auto path = tier.make(follower);
    tier.bid(leader, path, 5);
    const auto answer =
        tier.send(follower, "POST", path + "/bid", R"({"bidder":"bob","amount":7})");
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Leader") == "http://n" + std::to_string(leader) + ":9001");
    CHECK(answer->header("Gavel-Index") == "4");  // the leader's no-op is entry 1
    CHECK(tier.send(leader, "POST", path + "/close")->header("Gavel-Leader") == "self");
    tier.wait_for_equal_books();
    CHECK(tier.events(1) == tier.events(2));
    CHECK(tier.events(1) == tier.events(3));
}

TEST_CASE("reads are answered by every node, and wait for the newest when that is asked for") {
    Tier tier(3);
    const auto path = tier.make(tier.leader());
    const auto follower = tier.follower();
    tier.bid(tier.leader(), path, 5);
    const auto newest = tier.send(follower, "GET", path + "?level=linearizable");
    CHECK(json::parse(newest->body())["auction"]["current_bid"] == 5);
    CHECK(tier.send(follower, "GET", path + "?level=none")->status() == 200);
    CHECK(tier.send(follower, "GET", path + "?level=weak")->status() == 400);
    CHECK(tier.send(follower, "GET", "/nowhere")->status() == 404);
}

TEST_CASE("a node without a leader refuses writes and the feed, and is not ready") {
    Tier tier(3);
    const auto leader = tier.leader();
    const auto alone = tier.follower();
    for (raft::NodeId id = 1; id <= 3; ++id) {
        if (id != alone) tier.stop(id);
    }
    tier.run_until([&] { return tier.ask(alone, "GET", "/readyz")->status() == 503; });
    const auto write = tier.send(alone, "POST", "/auctions", R"({"name":"x"})");
    CHECK(write->status() == 503);
    CHECK(write->header("Retry-After") == "1");
    CHECK(write->header("Gavel-Leader").empty());
    CHECK(tier.send(alone, "GET", "/feed")->status() == 503);
    CHECK(tier.send(alone, "GET", "/auctions")->status() == 200);
    CHECK(tier.send(alone, "GET", "/auctions?level=linearizable")->status() == 503);
    CHECK(tier.send(alone, "GET", "/livez")->status() == 200);
    static_cast<void>(leader);
}

TEST_CASE("a request that was passed on once is not passed on again") {
    Tier tier(3);
    const auto follower = tier.follower();
    const auto answer =
        tier.send(follower, "POST", "/auctions", R"({"name":"x"})", {{"Gavel-Forwarded", "9"}});
    CHECK(answer->status() == 503);
}

TEST_CASE("a key that is used again at the next leader gives the first answer, and no second bid") {
    Tier tier(3);
    const auto first = tier.leader();
    const auto path = tier.make(first);
    const Headers key{{"Idempotency-Key", "k"}};
    const Headers session{{"Gavel-Session", "00000000000000aa-1-1"}};
    const std::string bid = R"({"bidder":"ann","amount":5})";
    const std::string higher = R"({"bidder":"ann","amount":6})";
    const auto answer = tier.send(first, "POST", path + "/bid", bid, key);
    const auto in_session = tier.send(first, "POST", path + "/bid", higher, session);
    CHECK(in_session->status() == 200);
    tier.wait_for_equal_books();
    tier.stop(first);
    const auto second = tier.leader();
    CHECK(second != first);
    const auto again = tier.send(second, "POST", path + "/bid", bid, key);
    CHECK(again->body() == answer->body());
    CHECK(again->header("Gavel-Index") == answer->header("Gavel-Index"));
    CHECK(tier.send(second, "POST", path + "/bid", higher, session)->body() == in_session->body());
    const auto auction = json::parse(tier.send(second, "GET", path)->body())["auction"];
    CHECK(auction["bids"].size() == 2);
}

TEST_CASE("an auction ends by itself at the leader, and so everywhere") {
    Tier tier(3);
    const auto path = tier.make(tier.leader(), 10);
    tier.scheduler.advance_ms(9'000);
    CHECK(json::parse(tier.send(1, "GET", path)->body())["auction"]["status"] == "OPEN");
    tier.run_until([&] {
        for (raft::NodeId id = 1; id <= 3; ++id) {
            const auto auction = json::parse(tier.ask(id, "GET", path)->body())["auction"];
            if (auction["status"] == "OPEN") return false;
        }
        return true;
    });
    tier.wait_for_equal_books();
}

TEST_CASE("a node alone begins again with its snapshot and its entries, and tells all its events") {
    Tier tier(1, 100);
    const auto path = tier.make(tier.leader());
    for (int i = 2; i < 250; ++i) tier.bid(1, path, i);
    tier.run_until([&] {
        return json::parse(tier.ask(1, "GET", "/raft/status")->body())["snapshot_index"] >= 100;
    });
    const auto book = json::parse(tier.book(1));
    const auto events = tier.events(1);
    tier.stop(1);
    tier.start(1);
    tier.leader();
    CHECK(tier.events(1) == events);
    const auto after = json::parse(tier.book(1));
    CHECK(after["index"] == book["index"].get<int>() + 1);  // the new term's no-op
    CHECK(json::parse(tier.send(1, "GET", path)->body())["auction"]["bids"].size() == 248);
    CHECK(tier.fatal.empty());
}

TEST_CASE("events that all nodes have lost are made again from a node's own log") {
    Tier tier(1, 100);
    const auto path = tier.make(tier.leader());
    for (int i = 2; i < 250; ++i) tier.bid(1, path, i);
    tier.run_until([&] {
        return json::parse(tier.ask(1, "GET", "/raft/status")->body())["snapshot_index"] >= 100;
    });
    const auto events = tier.events(1);
    tier.stop(1);
    tier.lose_events(1);
    tier.start(1);
    tier.leader();
    CHECK(tier.events(1) == events);
    CHECK(tier.fatal.empty());
}

TEST_CASE("a follower that a snapshot brings back fetches the events before it, each once") {
    Tier tier(3, 100);
    const auto path = tier.make(tier.leader());
    const auto away = tier.follower();
    tier.wait_for_equal_books();
    tier.stop(away);
    for (int i = 2; i < 350; ++i) tier.bid(tier.leader(), path, i);
    tier.run_until([&] {
        return json::parse(
                   tier.ask(tier.leader(), "GET", "/raft/status")->body())["snapshot_index"] >= 200;
    });
    tier.start(away);
    tier.run_until([&] { return tier.ask(away, "GET", "/readyz")->status() == 200; });
    tier.wait_for_equal_books();
    CHECK(tier.events(away) == tier.events(tier.leader()));
    CHECK(tier.fatal.empty());
}

}  // namespace
}  // namespace gavel
