#include "consensus/raft/driver/raft_driver.h"

#include <doctest/doctest.h>

#include "tests/raft/driver/fake_storage.h"
#include "tests/raft/driver/node_cluster.h"
#include "tests/support/manual_executor.h"

namespace gavel::raft {
namespace {

using Result = RaftStorage::Result;

class SentMessages : public Transport {
  public:
    void send(Message message) override { waiting.push_back(std::move(message)); }
    void flush() override {
        for (auto& message : waiting) sent.push_back(std::move(message));
        waiting.clear();
    }
    std::vector<Message> waiting;
    std::vector<Message> sent;
};

// One server of a cluster of one, or of three whose other servers are the test.
struct Driving {
    gavel::testing::ManualScheduler scheduler;
    gavel::testing::ManualExecutor disk;
    testing::FakeStorage storage;
    testing::CommandList machine;
    SentMessages transport;
    std::vector<std::string> fatal;
    std::unique_ptr<RaftDriver> driver;

    explicit Driving(std::size_t servers, std::uint64_t snapshot_interval_entries = 1'000) {
        RaftDriver::Options options;
        options.core.id = 1;
        options.snapshot_interval_entries = snapshot_interval_entries;
        options.keep_entries = 0;
        options.seed = 1;
        Restored restored;
        std::vector<NodeId> ids;
        for (NodeId id = 1; id <= servers; ++id) ids.push_back(id);
        restored.snapshot.membership = Membership::of_voters(ids);
        driver = std::make_unique<RaftDriver>(
            options, RaftDriver::Parts{scheduler, disk, storage, machine, transport},
            std::move(restored));
        driver->on_fatal([this](const std::string& why) { fatal.push_back(why); });
        driver->start();
    }
    // Lets the disk write what is queued, and the loop hear of it, again and again.
    void settle() {
        for (int i = 0; i < 100; ++i) {
            scheduler.run_ready();
            disk.run_all();
        }
    }
    void lead() {
        for (int i = 0; i < 100 && driver->core().role() != Role::leader; ++i) {
            scheduler.advance_ms(100);
            settle();
        }
        REQUIRE(driver->core().role() == Role::leader);
    }
};

TEST_CASE("a command is applied when it is on disk, and not before") {
    Driving d(1);
    d.lead();
    REQUIRE(d.driver->propose({"a"}).refusal == Refusal::none);
    d.scheduler.run_ready();
    CHECK(d.machine.commands().empty());
    d.settle();
    CHECK(d.machine.commands() == std::vector<std::string>{"a"});
}

TEST_CASE("a full disk refuses proposals, tries again, and loses nothing that it had taken") {
    Driving d(1);
    d.lead();
    d.storage.results = {Result::full, Result::full};
    REQUIRE(d.driver->propose({"a"}).refusal == Refusal::none);
    d.settle();
    CHECK(d.driver->disk_is_full());
    CHECK(d.driver->propose({"b"}).refusal == Refusal::overloaded);
    CHECK(d.machine.commands().empty());
    d.scheduler.advance_ms(200);
    d.settle();
    CHECK(d.driver->disk_is_full());
    d.scheduler.advance_ms(200);
    d.settle();
    CHECK_FALSE(d.driver->disk_is_full());
    REQUIRE(d.driver->propose({"b"}).refusal == Refusal::none);
    d.settle();
    CHECK(d.machine.commands() == std::vector<std::string>{"a", "b"});
    CHECK(d.fatal.empty());
}

TEST_CASE("a failed fsync ends the server, and nothing is promised after it") {
    Driving d(1);
    d.lead();
    d.storage.results = {Result::failed};
    REQUIRE(d.driver->propose({"a"}).refusal == Refusal::none);
    d.settle();
    REQUIRE(d.fatal.size() == 1);
    CHECK(d.machine.commands().empty());
    CHECK(d.driver->propose({"b"}).refusal == Refusal::overloaded);
    const auto sent = d.transport.sent.size();
    d.scheduler.advance_ms(10'000);
    d.settle();
    CHECK(d.transport.sent.size() == sent);
}

TEST_CASE(
    "a leader sends entries while its own disk writes; an acknowledgement waits for the disk") {
    Driving d(3);
    Message append;
    append.type = MessageType::append_request;
    append.from = 2;
    append.to = 1;
    append.term = 1;
    append.entries = {{1, 1, EntryKind::no_op, {}}};
    d.driver->step(append);
    d.scheduler.run_ready();
    CHECK(d.transport.sent.empty());
    d.settle();
    REQUIRE(d.transport.sent.size() == 1);
    CHECK(d.transport.sent[0].type == MessageType::append_response);
    CHECK(d.transport.sent[0].log.index == 1);
}

TEST_CASE(
    "a snapshot is made after its interval, stored, and the log before it leaves the memory") {
    Driving d(1, 10);
    d.lead();
    for (int i = 0; i < 9; ++i) {
        REQUIRE(d.driver->propose({"x"}).refusal == Refusal::none);
        d.settle();
    }
    CHECK(d.storage.snapshot.last.index == 10);  // the leader's no-op is the first entry
    CHECK(d.driver->core().log().base().index == 10);
    CHECK(d.storage.dropped_before == 10);
}

TEST_CASE("a snapshot that finds no room is given up, and the next interval tries again") {
    Driving d(1, 10);
    d.lead();
    for (int i = 0; i < 8; ++i) {
        REQUIRE(d.driver->propose({"x"}).refusal == Refusal::none);
        d.settle();
    }
    d.storage.results = {Result::durable, Result::full};  // the entry, then the snapshot
    REQUIRE(d.driver->propose({"x"}).refusal == Refusal::none);
    d.settle();
    CHECK(d.storage.snapshot.last.index == 0);
    for (int i = 0; i < 10; ++i) {
        REQUIRE(d.driver->propose({"x"}).refusal == Refusal::none);
        d.settle();
    }
    CHECK(d.storage.snapshot.last.index == 20);
    CHECK(d.fatal.empty());
}

TEST_CASE("a read that nobody confirms is given up after its time") {
    Driving d(3);
    std::vector<bool> told;
    d.driver->read([&](bool confirmed) { told.push_back(confirmed); });
    d.settle();
    CHECK(told == std::vector<bool>{false});  // no leader is known
}

}  // namespace
}  // namespace gavel::raft
