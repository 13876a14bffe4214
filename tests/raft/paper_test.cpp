// The rules of the paper's figure 2 and of the thesis, one case each, in the paper's order.

#include <doctest/doctest.h>

#include "tests/raft/cluster.h"

namespace gavel::raft {
namespace {

using testing::Cluster;

Message request(MessageType type, NodeId from, NodeId to, Term term) {
    Message message;
    message.type = type;
    message.from = from;
    message.to = to;
    message.term = term;
    return message;
}

Message append(NodeId from, NodeId to, Term term, LogPosition prev, std::vector<Term> terms,
               Index commit = 0) {
    auto message = request(MessageType::append_request, from, to, term);
    message.log = prev;
    message.commit = commit;
    for (const auto entry_term : terms) {
        ++prev.index;
        message.entries.push_back({prev.index, entry_term, EntryKind::command,
                                   Payload("x" + std::to_string(prev.index))});
    }
    return message;
}

// The answers that a server gives, once its disk is done.
std::vector<Message> answers(Cluster& cluster, NodeId id, Message message) {
    cluster.pump(id);
    cluster.network().clear();
    cluster[id].step(std::move(message));
    cluster.pump(id);
    return {cluster.network().begin(), cluster.network().end()};
}

// ---- figure 2: all servers ---------------------------------------------------------------------

TEST_CASE("a server begins as a follower (5.2)") {
    Cluster cluster(3);
    for (NodeId id = 1; id <= 3; ++id) {
        CHECK(cluster[id].role() == Role::follower);
        CHECK(cluster[id].term() == 0);
    }
}

TEST_CASE("a higher term in any message makes a follower of anyone (5.1)") {
    for (const auto type : {MessageType::append_request, MessageType::append_response,
                            MessageType::vote_response, MessageType::read_index_request}) {
        Cluster cluster(3);
        cluster.elect(1);
        REQUIRE(cluster[1].role() == Role::leader);
        auto message = request(type, 2, 1, 9);
        message.reject = type == MessageType::vote_response;
        cluster[1].step(message);
        CHECK(cluster[1].role() == Role::follower);
        CHECK(cluster[1].term() == 9);
        CHECK(cluster[1].vote() == no_node);
    }
}

TEST_CASE("what is committed is applied, in order, once (5.3)") {
    Cluster cluster(3);
    cluster.elect(1);
    for (const auto* command : {"a", "b", "c"}) cluster.propose(1, command);
    cluster.settle();
    for (NodeId id = 1; id <= 3; ++id) {
        CHECK(cluster.commands_applied(id) == std::vector<std::string>{"a", "b", "c"});
    }
}

// ---- figure 2: RequestVote ---------------------------------------------------------------------

TEST_CASE("RequestVote 1: a lower term is refused, and told the higher (5.1)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 5, {}, {}));
    const auto got = answers(cluster, 1, request(MessageType::vote_request, 3, 1, 4));
    REQUIRE(got.size() == 1);
    CHECK(got[0].reject);
    CHECK(got[0].term == 5);
}

TEST_CASE("RequestVote 2: one vote a term, first come first served, kept over a restart (5.2)") {
    Cluster cluster(3);
    auto got = answers(cluster, 1, request(MessageType::vote_request, 2, 1, 1));
    REQUIRE(got.size() == 1);
    CHECK_FALSE(got[0].reject);
    got = answers(cluster, 1, request(MessageType::vote_request, 3, 1, 1));
    CHECK(got.at(0).reject);
    cluster.restart(1);
    got = answers(cluster, 1, request(MessageType::vote_request, 3, 1, 1));
    CHECK(got.at(0).reject);
    got = answers(cluster, 1, request(MessageType::vote_request, 2, 1, 1));
    CHECK_FALSE(got.at(0).reject);
}

TEST_CASE("RequestVote 2: only a log at least as up-to-date gets the vote (5.4.1)") {
    struct Row {
        LogPosition candidate;
        bool granted;
    };
    // The voter's log ends in entry 3 of term 2.
    const Row rows[] = {{{3, 2}, true}, {{4, 2}, true},  {{2, 2}, false},
                        {{1, 3}, true}, {{9, 1}, false}, {{0, 0}, false}};
    for (const auto& row : rows) {
        CAPTURE(row.candidate.index);
        Cluster cluster(3);
        cluster[1].step(append(2, 1, 2, {}, {1, 1, 2}));
        cluster.pump(1);
        cluster.restart(1);
        auto vote = request(MessageType::vote_request, 3, 1, 5);
        vote.log = row.candidate;
        const auto got = answers(cluster, 1, vote);
        REQUIRE(got.size() == 1);
        CHECK(got[0].reject != row.granted);
    }
}

TEST_CASE("a log that is all compacted is still compared by its last entry") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.propose(1, "a");
    cluster.settle();
    cluster.compact(1);
    REQUIRE(cluster[1].log().holds_no_entries());
    cluster.restart(1);
    auto vote = request(MessageType::vote_request, 3, 1, 7);
    vote.log = {1, 1};
    CHECK(answers(cluster, 1, vote).at(0).reject);
}

TEST_CASE("no vote leaves before its term and vote are on disk, as one record (figure 2)") {
    Cluster cluster(3);
    cluster.node(1).disk_stalls = true;
    CHECK(answers(cluster, 1, request(MessageType::vote_request, 2, 1, 4)).empty());
    REQUIRE(cluster.node(1).saving);
    CHECK(cluster.node(1).saving->hard_state == HardState{4, 2});
    cluster.finish_persist(1);
    REQUIRE(cluster.network().size() == 1);
    CHECK_FALSE(cluster.network().front().reject);
}

// ---- figure 2: candidates ----------------------------------------------------------------------

TEST_CASE("silence makes a follower a candidate, after a random time (5.2)") {
    Cluster cluster(3);
    const Config config;
    cluster.tick(1, static_cast<int>(config.election_ticks_min) - 1);
    CHECK(cluster[1].role() == Role::follower);
    cluster.tick(1, static_cast<int>(config.election_ticks_max - config.election_ticks_min) + 1);
    CHECK(cluster[1].role() == Role::pre_candidate);
}

TEST_CASE("a candidate raises its term, votes for itself and asks all others (5.2)") {
    Cluster cluster(3);
    cluster[1].campaign();
    cluster[1].step([] {
        auto yes = request(MessageType::pre_vote_response, 2, 1, 1);
        return yes;
    }());
    cluster.pump(1);
    CHECK(cluster[1].role() == Role::candidate);
    CHECK(cluster[1].term() == 1);
    CHECK(cluster.node(1).disk.hard_state == HardState{1, 1});
    std::size_t asked = 0;
    for (const auto& message : cluster.network()) {
        asked += message.type == MessageType::vote_request ? 1 : 0;
    }
    CHECK(asked == 2);
}

TEST_CASE("its own vote counts only once it is on disk") {
    Cluster cluster(1);
    cluster.node(1).disk_stalls = true;
    cluster[1].campaign();
    cluster.pump(1);
    CHECK(cluster[1].role() == Role::candidate);
    cluster.finish_persist(1);
    CHECK(cluster[1].role() == Role::leader);
}

TEST_CASE("a majority makes a leader, a split vote makes none, a leader makes followers (5.2)") {
    Cluster cluster(5);
    cluster.lost = [](const Message& message) { return message.to > 3 || message.from > 3; };
    cluster.elect(1);
    CHECK(cluster[1].role() == Role::leader);
    CHECK(cluster[2].leader() == 1);

    Cluster split(4);
    split.lost = [](const Message& message) { return (message.to < 3) != (message.from < 3); };
    split.elect(1);
    CHECK(split[1].role() != Role::leader);

    Cluster third(3);
    third[3].campaign();
    third[3].step(request(MessageType::pre_vote_response, 2, 3, 1));
    REQUIRE(third[3].role() == Role::candidate);
    third[3].step(append(1, 3, 1, {}, {}));
    CHECK(third[3].role() == Role::follower);
    CHECK(third[3].leader() == 1);
}

TEST_CASE("a second leader in one term is not believed (Election Safety)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 1, {}, {1}));
    cluster[1].step(append(3, 1, 1, {}, {1, 1}));
    CHECK(cluster[1].leader() == 2);
    CHECK(cluster[1].log().last_index() == 1);
}

// ---- figure 2: AppendEntries -------------------------------------------------------------------

TEST_CASE("AppendEntries 1: a lower term is refused, and told the higher (5.1)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 5, {}, {}));
    const auto got = answers(cluster, 1, append(3, 1, 4, {}, {4}));
    REQUIRE(got.size() == 1);
    CHECK(got[0].reject);
    CHECK(got[0].term == 5);
    CHECK(cluster[1].log().last_index() == 0);
}

TEST_CASE("AppendEntries 2: without the entry before it, it is refused (5.3)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 2, {}, {1, 1}));
    for (const auto prev : {LogPosition{3, 2}, LogPosition{2, 2}}) {
        const auto got = answers(cluster, 1, append(2, 1, 2, prev, {2}));
        REQUIRE_FALSE(got.empty());
        CHECK(got.back().reject);
        CHECK(got.back().log.index == prev.index);
        CHECK(got.back().hint == LogPosition{2, 1});
    }
    CHECK(cluster[1].log().last_index() == 2);
}

TEST_CASE("AppendEntries 3 and 4: only a conflict cuts the log (5.3)") {
    struct Row {
        std::vector<Term> terms;
        Index last;
        Term last_term;
    };
    // The log is 1 1 2; the message comes after entry 1.
    const Row rows[] = {{{}, 3, 2}, {{1}, 3, 2}, {{1, 2}, 3, 2}, {{1, 2, 3}, 4, 3}, {{3}, 2, 3}};
    for (const auto& row : rows) {
        Cluster cluster(3);
        cluster[1].step(append(2, 1, 2, {}, {1, 1, 2}));
        cluster.pump(1);
        cluster[1].step(append(3, 1, 3, {1, 1}, row.terms));
        CHECK(cluster[1].log().last() == LogPosition{row.last, row.last_term});
    }
}

TEST_CASE("AppendEntries 5: commit follows the leader, up to the last new entry (5.3)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 1, {}, {1, 1, 1}));
    cluster[1].step(append(2, 1, 1, {1, 1}, {1}, 3));
    CHECK(cluster[1].commit_index() == 2);
    cluster[1].step(append(2, 1, 1, {3, 1}, {}, 9));
    CHECK(cluster[1].commit_index() == 3);
}

TEST_CASE("a leader that would replace a committed entry breaks a promise, and the server ends") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 1, {}, {1, 1}, 2));
    CHECK_THROWS_AS(cluster[1].step(append(3, 1, 2, {}, {2, 2, 2})), InvariantBroken);
}

TEST_CASE("entries are acknowledged only once they are on disk (figure 2)") {
    Cluster cluster(3);
    cluster.node(1).disk_stalls = true;
    CHECK(answers(cluster, 1, append(2, 1, 1, {}, {1})).empty());
    cluster.finish_persist(1);
    REQUIRE(cluster.network().size() == 1);
    CHECK(cluster.network().front().log.index == 1);
}

// ---- figure 2: leaders -------------------------------------------------------------------------

TEST_CASE("a leader sends heartbeats, which keep elections away (5.2)") {
    Cluster cluster(3);
    cluster.elect(1);
    for (int i = 0; i < 100; ++i) {
        for (NodeId id = 1; id <= 3; ++id) cluster.tick(id);
        cluster.settle();
    }
    CHECK(cluster[1].role() == Role::leader);
    CHECK(cluster[1].term() == 1);
}

TEST_CASE("a follower that was away gets what it lacks, a term at a time (5.3)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message& message) { return message.to == 3 || message.from == 3; };
    for (int i = 0; i < 20; ++i) cluster.propose(1, std::to_string(i));
    cluster.settle();
    CHECK(cluster[3].commit_index() < 20);
    cluster.lost = nullptr;
    cluster.tick(1, 10);
    cluster.settle();
    CHECK(cluster[3].log().last() == cluster[1].log().last());
    CHECK(cluster.commands_applied(3).size() == 20);
}

TEST_CASE("uncommitted entries of a deposed leader are replaced (5.3, figure 7)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message& message) { return message.to == 1 || message.from == 1; };
    for (int i = 0; i < 5; ++i) cluster.propose(1, "lost");
    cluster.settle();
    cluster.elect(2);
    REQUIRE(cluster[2].role() == Role::leader);
    cluster.propose(2, "kept");
    cluster.settle();
    cluster.lost = nullptr;
    cluster.tick(2, 10);
    cluster.settle();
    CHECK(cluster[1].role() == Role::follower);
    CHECK(cluster[1].log().last() == cluster[2].log().last());
    CHECK(cluster.commands_applied(1) == std::vector<std::string>{"kept"});
}

TEST_CASE("an entry of an earlier term is not committed by counting (5.4.2, figure 8)") {
    Cluster cluster(3);
    cluster[1].step(append(2, 1, 1, {}, {1}));
    cluster.pump(1);
    cluster.network().clear();
    // As leader of term 2 its no-op reaches nobody; the old entry reaches a majority.
    cluster.lost = [](const Message& message) {
        return message.to == 3 || message.type == MessageType::append_request;
    };
    cluster.tick(1, 40);
    cluster[1].campaign();
    cluster.settle();
    REQUIRE(cluster[1].role() == Role::leader);
    auto ack = request(MessageType::append_response, 2, 1, 2);
    ack.log.index = 1;
    cluster[1].step(ack);
    CHECK(cluster[1].commit_index() == 0);
    ack.log.index = 2;
    cluster[1].step(ack);
    CHECK(cluster[1].commit_index() == 2);
}

TEST_CASE("the leader sends before its own disk is done, and counts itself only after (10.2.1)") {
    Cluster cluster(3);
    cluster.elect(1);
    const auto before = cluster[1].commit_index();
    cluster.lost = [](const Message& message) { return message.to == 3; };
    cluster.node(1).disk_stalls = true;
    cluster.propose(1, "a");
    cluster.settle();
    CHECK(cluster[2].log().last_index() == before + 1);
    CHECK(cluster[1].commit_index() == before);
    cluster.finish_persist(1);
    CHECK(cluster[1].commit_index() == before + 1);
}

TEST_CASE("appends are pipelined up to the window, and one follows another's answer") {
    Config config;
    config.max_append_entries = 1;
    config.max_inflight_messages = 3;
    Cluster cluster(3, config);
    cluster.elect(1);
    for (int i = 0; i < 10; ++i) cluster.propose(1, "x");
    cluster.pump(1);
    CHECK(cluster.network().size() == 2 * 3);
    cluster.settle();
    CHECK(cluster.commands_applied(3).size() == 10);
}

TEST_CASE("held news of a commit ride with the next entry, or are told when that is asked for") {
    Config config;
    config.holds_commit_news = true;
    Cluster cluster(3, config);
    cluster.elect(1);
    cluster.propose(1, "a");
    cluster.settle();
    CHECK(cluster[1].commit_index() == 2);
    CHECK(cluster[2].commit_index() == 1);  // the no-op, of which "a" brought the news
    CHECK(cluster[1].holds_commit_news());

    cluster.propose(1, "b");
    cluster.settle();
    CHECK(cluster[1].commit_index() == 3);
    CHECK(cluster[2].commit_index() == 2);
    // Who has learnt of it with an entry is not told again.
    cluster[1].announce_commit(2);
    CHECK_FALSE(cluster[1].has_ready());

    cluster[1].announce_commit(3);
    cluster.settle();
    CHECK(cluster.commands_applied(2) == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(cluster[1].holds_commit_news());
}

TEST_CASE("what waits to be committed is bounded, and refused beyond") {
    Config config;
    config.max_uncommitted_entries = 3;
    Cluster cluster(3, config);
    cluster.elect(1);
    for (int i = 0; i < 3; ++i) CHECK(cluster.propose(1, "x").refusal == Refusal::none);
    CHECK(cluster.propose(1, "x").refusal == Refusal::overloaded);
    cluster.settle();
    CHECK(cluster.propose(1, "x").refusal == Refusal::none);
    const auto elsewhere = cluster.propose(2, "x");
    CHECK(elsewhere.refusal == Refusal::not_leader);
    CHECK(elsewhere.leader == 1);
}

// ---- thesis ------------------------------------------------------------------------------------

TEST_CASE("a server that was cut off does not raise the term of others (9.6, PreVote)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message& message) { return message.to == 3 || message.from == 3; };
    for (int i = 0; i < 10; ++i) {
        cluster.tick(3, 30);
        cluster.settle();
    }
    CHECK(cluster[3].term() == 1);
    cluster.lost = nullptr;
    cluster.tick(1, 10);
    cluster.settle();
    CHECK(cluster[1].role() == Role::leader);
    CHECK(cluster[3].leader() == 1);
}

TEST_CASE("nobody votes while a leader is heard, unless the leader asked for it (4.2.3)") {
    Cluster cluster(3);
    cluster.elect(1);
    auto vote = request(MessageType::vote_request, 3, 2, 9);
    vote.log = {9, 9};
    CHECK(answers(cluster, 2, vote).empty());
    CHECK(cluster[2].term() == 1);
    vote.transfer = true;
    CHECK_FALSE(answers(cluster, 2, vote).at(0).reject);
}

TEST_CASE("a server that cannot lead lets go of a leader that is gone, and votes again (4.2.3)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.add_empty(4);  // to its own knowledge it is no voter
    cluster[4].step(append(1, 4, 1, {0, 0}, {}));
    CHECK(cluster[4].leader() == 1);
    cluster.tick(4, 30);
    CHECK(cluster[4].leader() == no_node);
    CHECK(cluster[4].role() == Role::follower);
    auto vote = request(MessageType::vote_request, 3, 4, 9);
    vote.log = {9, 9};
    CHECK_FALSE(answers(cluster, 4, vote).at(0).reject);
}

TEST_CASE("a leader that hears from no majority steps down (6.2, CheckQuorum)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message&) { return true; };
    cluster.tick(1, 31);
    CHECK(cluster[1].role() == Role::follower);
}

TEST_CASE("a read waits until a majority confirms the leader (6.4)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message&) { return true; };
    CHECK(cluster[1].read(7).refusal == Refusal::none);
    cluster.settle();
    CHECK(cluster.node(1).reads.empty());
    cluster.lost = nullptr;
    cluster.tick(1, 10);
    cluster.settle();
    REQUIRE(cluster.node(1).reads.size() == 1);
    CHECK(cluster.node(1).reads[0].confirmed);
    CHECK(cluster.node(1).reads[0].index == cluster[1].commit_index());
}

TEST_CASE("a leader reads only after an entry of its term is committed (6.4, step 1)") {
    Cluster cluster(3);
    cluster.lost = [](const Message& message) {
        return message.type == MessageType::append_response;
    };
    cluster.elect(1);
    REQUIRE(cluster[1].role() == Role::leader);
    cluster[1].read(7);
    cluster.settle();
    CHECK(cluster.node(1).reads.empty());
    cluster.lost = nullptr;
    cluster.tick(1, 10);
    cluster.settle();
    CHECK(cluster.node(1).reads.size() == 1);
}

TEST_CASE("a follower reads through the leader (6.4), and a deposed leader fails its reads") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster[2].read(5);
    cluster.settle();
    REQUIRE(cluster.node(2).reads.size() == 1);
    CHECK(cluster.node(2).reads[0].context == 5);
    CHECK(cluster.node(2).reads[0].confirmed);

    cluster[1].read(6);
    cluster[1].step(append(2, 1, 9, {}, {}));
    cluster.pump(1);
    REQUIRE(cluster.node(1).reads.size() == 1);
    CHECK_FALSE(cluster.node(1).reads[0].confirmed);
}

TEST_CASE("a follower that is too far behind gets a snapshot, in chunks (7, 5.3)") {
    Config config;
    config.snapshot_chunk_bytes = 4;
    Cluster cluster(3, config);
    cluster.elect(1);
    cluster.lost = [](const Message& message) { return message.to == 3 || message.from == 3; };
    for (int i = 0; i < 10; ++i) cluster.propose(1, "x");
    cluster.settle();
    cluster.compact(1);
    cluster.propose(1, "after");
    cluster.settle();
    cluster.lost = nullptr;
    for (int i = 0; i < 30; ++i) cluster.tick(1, 1), cluster.settle();
    CHECK(cluster.node(3).snapshot_data == cluster.node(1).snapshot_data);
    CHECK(cluster[3].log().last() == cluster[1].log().last());
    CHECK(cluster.commands_applied(3) == std::vector<std::string>{"after"});
    cluster.restart(3);
    CHECK(cluster[3].commit_index() == cluster[1].snapshot().last.index);
}

TEST_CASE("a chunk out of place moves nothing, a damaged snapshot is not installed") {
    SnapshotReceiver receiver;
    const SnapshotMeta meta{{5, 1}, {}, 6, crc32("abcdef")};
    using Result = SnapshotReceiver::Result;
    CHECK(receiver.take(1, 1, meta, 3, "def") == Result::out_of_place);
    CHECK(receiver.take(1, 1, meta, 0, "abc") == Result::accepted);
    CHECK(receiver.take(1, 1, meta, 0, "abc") == Result::out_of_place);
    CHECK(receiver.take(1, 1, meta, 3, "defg") == Result::out_of_place);
    CHECK(receiver.offset() == 3);
    CHECK(receiver.take(1, 1, meta, 3, "dxf") == Result::damaged);
    CHECK(receiver.offset() == 0);
    CHECK(receiver.take(1, 1, meta, 0, "abc") == Result::accepted);
    CHECK(receiver.take(2, 1, meta, 3, "def") == Result::out_of_place);
    CHECK(receiver.take(2, 1, meta, 0, "abcdef") == Result::complete);
}

TEST_CASE("a learner gets the log and has no vote; caught up, it is promoted (4.2.1)") {
    Config config;
    config.promote_lag_entries = 0;
    Cluster cluster(3, config);
    cluster.elect(1);
    using Kind = MembershipChange::Kind;
    CHECK(cluster[1].change_membership({Kind::add_learner, 4, "d"}).refusal == Refusal::none);
    CHECK(cluster[1].change_membership({Kind::promote, 4, ""}).refusal == Refusal::change_pending);
    cluster.settle();
    CHECK(cluster[1].change_membership({Kind::promote, 4, ""}).refusal == Refusal::invalid);
    cluster.add_empty(4);
    cluster.tick(1, 10);
    cluster.settle();
    CHECK(cluster[4].log().last() == cluster[1].log().last());
    cluster.tick(4, 100);
    CHECK(cluster[4].role() == Role::follower);
    CHECK(cluster[1].change_membership({Kind::promote, 4, ""}).refusal == Refusal::none);
    cluster.settle();
    CHECK(cluster[4].membership().is_voter(4));
}

TEST_CASE("no change before an entry of the own term is committed (the correction to 4.1)") {
    Cluster cluster(3);
    cluster.lost = [](const Message& message) {
        return message.type == MessageType::append_response;
    };
    cluster.elect(1);
    REQUIRE(cluster[1].role() == Role::leader);
    const auto answer = cluster[1].change_membership({MembershipChange::Kind::add_learner, 4, ""});
    CHECK(answer.refusal == Refusal::not_ready);
}

TEST_CASE("a leader that is removed leads until that is committed, then steps down (4.2.2)") {
    Cluster cluster(3);
    cluster.elect(1);
    CHECK(cluster[1].change_membership({MembershipChange::Kind::remove, 1, ""}).refusal ==
          Refusal::none);
    CHECK(cluster[1].role() == Role::leader);
    cluster.settle();
    CHECK(cluster[1].role() == Role::follower);
    CHECK(cluster[2].membership().find(1) == nullptr);
    cluster.tick(1, 100);
    CHECK(cluster[1].role() == Role::follower);
}

TEST_CASE("ids are never reused, and nonsense is no change") {
    using Kind = MembershipChange::Kind;
    std::string why;
    const auto three = Membership::of_voters({1, 2, 3});
    const auto two = three.after({Kind::remove, 3, ""}, why);
    REQUIRE(two);
    CHECK_FALSE(two->after({Kind::add_learner, 3, ""}, why));
    CHECK(two->after({Kind::add_learner, 4, ""}, why));
    CHECK_FALSE(three.after({Kind::add_learner, 2, ""}, why));
    CHECK_FALSE(three.after({Kind::add_learner, 0, ""}, why));
    CHECK_FALSE(three.after({Kind::promote, 2, ""}, why));
    CHECK_FALSE(three.after({Kind::promote, 9, ""}, why));
    CHECK_FALSE(three.after({Kind::remove, 9, ""}, why));
    CHECK_FALSE(Membership::of_voters({1}).after({Kind::remove, 1, ""}, why));
}

TEST_CASE("leadership is handed to a server that has everything (3.10)") {
    Cluster cluster(3);
    cluster.elect(1);
    CHECK(cluster[1].transfer_leadership(9).refusal == Refusal::invalid);
    CHECK(cluster[1].transfer_leadership(1).refusal == Refusal::invalid);
    CHECK(cluster[2].transfer_leadership(3).refusal == Refusal::not_leader);
    cluster.propose(1, "first");
    CHECK(cluster[1].transfer_leadership(3).refusal == Refusal::none);
    CHECK(cluster.propose(1, "x").refusal == Refusal::transferring);
    cluster.settle();
    CHECK(cluster[3].role() == Role::leader);
    CHECK(cluster[1].role() == Role::follower);
    CHECK(cluster.commands_applied(3) == std::vector<std::string>{"first"});
}

TEST_CASE("a transfer to a server that does not answer is given up (3.10)") {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.lost = [](const Message& message) { return message.to == 3; };
    cluster[1].transfer_leadership(3);
    for (int i = 0; i < 15; ++i) cluster.tick(1), cluster.settle();
    CHECK(cluster.propose(1, "x").refusal == Refusal::none);
}

}  // namespace
}  // namespace gavel::raft
