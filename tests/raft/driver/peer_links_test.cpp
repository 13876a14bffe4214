#include "consensus/raft/driver/peer_links.h"

#include <doctest/doctest.h>

#include "consensus/raft/driver/message_bundle.h"
#include "consensus/raft/wire.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::raft {
namespace {

Message message_to(NodeId to, MessageType type = MessageType::append_response) {
    Message message;
    message.type = type;
    message.from = 1;
    message.to = to;
    message.term = 3;
    return message;
}

struct Linking {
    std::vector<std::string> received;
    std::vector<Response> answers;  // calls that still wait at the end are answered, too
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::FakeServiceClient* peer = nullptr;
    PeerLinks links{scheduler, {1, 1'000, false}, [this](const std::string&) {
                        auto client = std::make_unique<gavel::testing::FakeServiceClient>();
                        peer = client.get();
                        return client;
                    }};

    Linking() {
        links.set_caller({{"Gavel-Node", "1"}});
        links.set_peers({{2, "http://two:9001"}});
        links.on_receive([this](const std::string& bundle, NodeId) { received.push_back(bundle); });
    }
    void hold() {
        links.hold(2, Responder([this](Response response) { answers.push_back(response); }));
    }
    void send(MessageType type = MessageType::append_response) {
        links.send(message_to(2, type));
        links.flush();
    }
};

TEST_CASE("messages of one turn travel in one call, to the route of their kind") {
    Linking l;
    l.links.send(message_to(2));
    l.links.send(message_to(2));
    l.links.send(message_to(2, MessageType::vote_response));
    CHECK(l.peer->requests().empty());
    l.links.flush();
    REQUIRE(l.peer->requests().size() == 2);
    CHECK(l.peer->requests()[0].target == "/raft/append_entries");
    CHECK(read_bundle(l.peer->requests()[0].body).size() == 2);
    CHECK(l.peer->requests()[1].target == "/raft/request_vote");
    CHECK(l.peer->requests()[0].headers.find("Gavel-Node") == "1");
    CHECK_FALSE(l.peer->requests()[0].repeatable);
}

TEST_CASE("a message rides in the answer to a call that waits here") {
    Linking l;
    l.hold();
    l.send();
    CHECK(l.peer->requests().empty());
    REQUIRE(l.answers.size() == 1);
    CHECK(read_bundle(l.answers[0].body).size() == 1);
}

TEST_CASE("a call that waits is answered with nothing after a while, or when others follow it") {
    Linking l;
    l.hold();
    l.scheduler.advance_ms(100);
    REQUIRE(l.answers.size() == 1);
    CHECK(l.answers[0].body.empty());
    for (int i = 0; i < 5; ++i) l.hold();
    CHECK(l.answers.size() == 4);  // two are kept
}

TEST_CASE("some calls are under way at most; what waits meanwhile goes with the next") {
    Linking l;
    for (int i = 0; i < 10; ++i) l.send();
    CHECK(l.peer->requests().size() == 4);
    l.peer->answer(200, "");
    CHECK(l.peer->requests().size() == 5);
    CHECK(read_bundle(l.peer->last().body).size() == 6);
}

TEST_CASE("what comes back in an answer is received; an error is not") {
    Linking l;
    l.send();
    l.peer->answer(200, "bundle");
    CHECK(l.received == std::vector<std::string>{"bundle"});
    l.send();
    l.peer->answer(409, R"({"error":"no"})");
    l.send();
    l.peer->fail(ServiceFailure::unreachable);
    CHECK(l.received.size() == 1);
}

TEST_CASE("what waits for a server that does not answer is bounded, the oldest is lost") {
    Linking l;
    for (int i = 0; i < 5'000; ++i) l.send();
    l.peer->fail(ServiceFailure::timed_out);
    std::size_t waiting = 0;
    while (l.peer->waiting() > 0) {
        waiting = std::max(waiting, read_bundle(l.peer->last().body).size());
        l.peer->fail(ServiceFailure::timed_out);
    }
    CHECK(waiting <= 1'024);
}

TEST_CASE("a message to nobody that is known is lost") {
    Linking l;
    l.links.send(message_to(7));
    l.links.flush();
    CHECK(l.peer->requests().empty());
    CHECK(l.links.client(7) == nullptr);
    CHECK(l.links.url(2) == "http://two:9001");
}

TEST_CASE("a bundle is read whole or not at all") {
    MessageBundle bundle;
    CHECK(bundle.add(message_to(2), 1));        // the first one always fits
    CHECK_FALSE(bundle.add(message_to(2), 1));  // the next does not
    const auto bytes = bundle.take();
    CHECK(read_bundle(bytes).size() == 1);
    CHECK(read_bundle("").empty());
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        CHECK_THROWS_AS(read_bundle(bytes.substr(0, i)), MalformedRecord);
    }
}

}  // namespace
}  // namespace gavel::raft
