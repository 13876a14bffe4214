#include "consensus/raft/driver/raft_node.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "common/clock/clock.h"
#include "common/http/cluster_token.h"
#include "common/logging/logging.h"
#include "consensus/raft/driver/message_bundle.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {
namespace {

constexpr std::int64_t follow_ms = 100;
constexpr std::int64_t ticks_a_heartbeat = 10;
constexpr std::size_t max_append_bytes = 512 * 1024;
constexpr std::size_t max_apply_bytes = 256 * 1024;
// SQLite's own file system for a database that one process has for itself: its locks are in memory
// and cost no system calls. There are six to a batch, and a batch is often one bid.
constexpr const char* one_process_vfs = "unix-excl";
constexpr const char* initial_key = "initial_membership";
constexpr const char* cluster_header = "Gavel-Cluster";
constexpr const char* node_header = "Gavel-Node";
constexpr const char* disk_header = "Gavel-Disk";

std::string random_disk_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device device;
    std::string id;
    for (int i = 0; i < 16; ++i) id += digits[device() & 15];
    return id;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
}

PeerLinks::Options link_options(const NodeSettings& settings) {
    PeerLinks::Options options;
    options.self = settings.id;
    options.heartbeat_ms = settings.heartbeat_ms;
    options.log_data = settings.log_data;
    return options;
}

RaftDriver::Options driver_options(const NodeSettings& settings) {
    RaftDriver::Options options;
    options.tick_ms = std::max<std::int64_t>(1, settings.heartbeat_ms / ticks_a_heartbeat);
    const auto ticks = [&options](std::int64_t ms) {
        return static_cast<std::uint32_t>(std::max<std::int64_t>(1, ms / options.tick_ms));
    };
    options.core.id = settings.id;
    options.core.heartbeat_ticks = ticks(settings.heartbeat_ms);
    options.core.election_ticks_min = ticks(settings.election_min_ms);
    options.core.election_ticks_max = ticks(settings.election_max_ms);
    options.core.max_append_bytes = max_append_bytes;
    options.core.holds_commit_news = true;
    options.core.max_apply_bytes = max_apply_bytes;
    options.snapshot_interval_entries = settings.snapshot_interval_entries;
    options.keep_entries = settings.snapshot_interval_entries / 10;
    options.seed = random_seed();
    options.saves_on_loop = true;
    return options;
}

std::map<NodeId, std::string> others(std::map<NodeId, std::string> urls, NodeId self) {
    urls.erase(self);
    return urls;
}

}  // namespace

RaftNode::RaftNode(const Surroundings& surroundings, const NodeSettings& settings,
                   MakeMachine make_machine)
    : settings_(settings),
      scheduler_(surroundings.scheduler),
      make_disk_executor_(surroundings.make_disk_executor),
      make_machine_(std::move(make_machine)),
      storage_path_(settings.data_dir + "/raft.db"),
      identity_(settings.data_dir + "/raft-node.json", settings.id, canonical_peers(settings.peers),
                random_disk_id()),
      links_(surroundings.scheduler, link_options(settings), surroundings.make_client) {
    links_.set_peers(others(settings_.peers, settings_.id));
    if (identity_.cluster_id().empty()) return;
    if (!std::filesystem::exists(storage_path_)) {
        throw std::runtime_error(
            storage_path_ +
            ": the log is missing, and with it the votes of this node; wipe the data folder and "
            "let it join again under a new RAFT_NODE_ID (README, \"A lost disk\")");
    }
    open_storage({});
}

RaftNode::~RaftNode() {
    *alive_ = false;
    scheduler_.cancel(follow_timer_);
    // What was handed to the disk still runs; it must not find the driver half gone.
    driver_.reset();
    disk_.reset();
}

std::string RaftNode::waits_for() const {
    if (driver_ != nullptr) return {};
    if (bootstrap_ == nullptr) return "the node is starting";
    if (settings_.joining) return "the node waits for a node that tells it which cluster it joins";
    return "the node waits for the nodes that it has not met yet: " + bootstrap_->waits_for();
}

void RaftNode::start() {
    if (storage_ != nullptr) {
        open({identity_.cluster_id(), {}});
        return;
    }
    bootstrap_ =
        std::make_unique<Bootstrap>(scheduler_, links_, caller_headers(), self(), settings_.peers);
    bootstrap_->start(
        [this](const Bootstrap::Found& found) {
            try {
                // A log without an identity is of an attempt that a crash cut short.
                for (const char* suffix : {"", "-wal", "-shm"}) {
                    std::filesystem::remove(storage_path_ + suffix);
                }
                open_storage(found.initial);
                storage_->set_identity(initial_key, found.initial.encode());
                identity_.adopt_cluster(found.cluster_id);
                open(found);
            } catch (const std::exception& error) {
                fail(error.what());
            }
        },
        [this](const std::string& why) { fail(why); });
}

void RaftNode::open_storage(const Membership& initial) {
    SqliteRaftStorage::Options options;
    options.path = storage_path_;
    options.initial = initial;
    options.vfs = one_process_vfs;
    storage_ = std::make_unique<SqliteRaftStorage>(options);
}

void RaftNode::open(const Bootstrap::Found& found) {
    auto restored = storage_->load();
    Opening opening{found.cluster_id, storage_path_, restored.snapshot, {}};
    if (restored.snapshot.last.index > 0) {
        opening.data =
            storage_->read_snapshot(restored.snapshot.last.index, 0, restored.snapshot.size_bytes);
    }
    storage_->drop_snapshots_before(restored.snapshot.last.index);
    initial_ = Membership::decode(storage_->identity(initial_key));
    StateMachine& machine = make_machine_(opening);
    disk_ = make_disk_executor_();
    links_.set_caller(caller_headers());
    links_.on_receive([this](const std::string& bundle, NodeId from) {
        try {
            receive(bundle, from);
        } catch (const MalformedRecord& error) {
            service_logger("raft")->warn("an answer of node {} is malformed: {}", from,
                                         error.what());
        }
    });
    driver_ = std::make_unique<RaftDriver>(
        driver_options(settings_),
        RaftDriver::Parts{scheduler_, *disk_, *storage_, machine, links_}, std::move(restored));
    driver_->on_fatal([this](const std::string& why) { fail(why); });
    driver_->on_change([this] {
        const auto& core = driver_->core();
        if (core.leader() != no_node &&
            (core.term() != told_term_ || core.leader() != told_leader_)) {
            told_term_ = core.term();
            told_leader_ = core.leader();
            last_election_ms_ = wall_clock_us() / 1000;
        }
        if (on_change_) on_change_();
    });
    service_logger("raft")->info("node {} belongs to cluster {}; its log ends at entry {}",
                                 settings_.id, found.cluster_id,
                                 driver_->core().log().last_index());
    follow_membership();
    if (on_open_) on_open_();
    driver_->start();
    greet_members();
}

// A node that all others refuse has the wrong data, id or list, and must not go on. One refusal
// alone proves nothing: that one may be the stranger.
void RaftNode::greet_members() {
    struct Round {
        std::size_t asked = 0;
        std::size_t welcomed = 0;
        std::string refusal;
    };
    const auto round = std::make_shared<Round>();
    for (const auto& [peer, url] : settings_.peers) {
        auto* const client = links_.client(peer);
        if (client == nullptr) continue;
        ++round->asked;
        client->send(hello_request(self(), caller_headers()),
                     [this, alive = alive_, round](const ServiceResult& result) {
                         --round->asked;
                         if (result.ok() && result.response.status == 200) ++round->welcomed;
                         if (const auto why = refusal_in(result)) round->refusal = *why;
                         if (!*alive || round->asked > 0 || round->welcomed > 0) return;
                         if (!round->refusal.empty()) fail(round->refusal);
                     });
    }
}

// The links follow the membership that is in force; a leader promotes those who have caught up.
void RaftNode::follow_membership() {
    const auto& membership = driver_->core().membership();
    if (!(membership == followed_) && !membership.empty()) {
        followed_ = membership;
        std::map<NodeId, std::string> urls;
        for (const auto& member : membership.members()) {
            urls[member.id] = MemberAddress::parse(member.address).url;
        }
        links_.set_peers(others(std::move(urls), settings_.id));
    }
    promote_learners();
    follow_timer_ = scheduler_.call_after_ms(follow_ms, [this] { follow_membership(); });
}

void RaftNode::promote_learners() {
    const auto& core = driver_->core();
    if (core.role() != Role::leader) return;
    for (const auto& member : core.membership().members()) {
        if (member.is_voter) continue;
        const auto proposed =
            driver_->change_membership({MembershipChange::Kind::promote, member.id, {}});
        if (proposed.refusal == Refusal::none) {
            service_logger("raft")->info("node {} has caught up and becomes a voter", member.id);
        }
        return;  // one change at a time
    }
}

// ---- between nodes -----------------------------------------------------------------------------

Headers RaftNode::caller_headers() const {
    Headers headers{{node_header, std::to_string(settings_.id)},
                    {disk_header, identity_.disk_id()}};
    if (!identity_.cluster_id().empty()) headers.set(cluster_header, identity_.cluster_id());
    if (!settings_.token.empty()) headers.set(cluster_token_header, settings_.token);
    return headers;
}

bool RaftNode::has_token(const Headers& headers) const {
    return has_cluster_token(headers, settings_.token);
}

RaftNode::Verdict RaftNode::admit(const Headers& headers, NodeId& from) const {
    if (!has_token(headers)) return {401, "the cluster's token is missing or wrong"};
    if (driver_ == nullptr) return {503, waits_for()};
    const auto node = headers.find(node_header).value_or("");
    const auto [end, error] = std::from_chars(node.data(), node.data() + node.size(), from);
    if (error != std::errc() || end != node.data() + node.size() || from == no_node) {
        return {400, "the header Gavel-Node must be the caller's node id"};
    }
    if (headers.find(cluster_header).value_or("") != identity_.cluster_id()) {
        return {409, "this node belongs to cluster " + identity_.cluster_id() +
                         ", the caller to another one"};
    }
    const auto& core = driver_->core();
    const auto& membership = core.membership();
    if (const auto* member = membership.find(from)) {
        const auto disk = MemberAddress::parse(member->address).disk_id;
        if (!disk.empty() && headers.find(disk_header).value_or("") != disk) {
            return {409, "node " + std::to_string(from) +
                             " of this cluster has another disk; a node that lost its disk joins "
                             "again under a new id"};
        }
        return {};
    }
    // A server that was added after this one was last told of the membership may lead by now. It
    // is heard by one that knows of no leader, and by one that knows of no members.
    const bool may_be_new = membership.empty() || from > membership.highest_id();
    if (may_be_new && (membership.empty() || core.leader() == no_node)) return {};
    return {403, "node " + std::to_string(from) + " is not a member of this cluster"};
}

void RaftNode::receive(const std::string& bundle, NodeId from) {
    auto messages = read_bundle(bundle);
    for (const auto& message : messages) {
        if (message.from != from || message.to != settings_.id) {
            throw MalformedRecord("a message is not from its caller to this node");
        }
    }
    for (auto& message : messages) {
        links_.rpc_log().received(message, scheduler_.now_us());
        driver_->step(std::move(message));
    }
}

Hello RaftNode::self() const {
    return {settings_.id, identity_.disk_id(), identity_.peers(), identity_.cluster_id(),
            settings_.joining};
}

Response RaftNode::greet(const Hello& other) const {
    const auto refuse = [&other](const std::string& why) {
        service_logger("raft")->warn("refused node {}: {}", other.node_id, why);
        return JSONResponse::error(409, why);
    };
    if (other.node_id == settings_.id && other.disk_id != identity_.disk_id()) {
        return refuse("two nodes have the id " + std::to_string(settings_.id) +
                      "; give each its own RAFT_NODE_ID");
    }
    auto answer = self().to_json();
    if (driver_ == nullptr) {
        const auto why = bootstrap_ != nullptr ? bootstrap_->contradiction(other) : "";
        if (!why.empty()) return refuse(why);
        return JSONResponse(200, answer);
    }
    if (!other.cluster_id.empty() && other.cluster_id != identity_.cluster_id()) {
        return refuse("node " + std::to_string(other.node_id) + " has the data of cluster " +
                      other.cluster_id + ", this is cluster " + identity_.cluster_id() +
                      "; check DATA_DIR and RAFT_PEERS");
    }
    const auto& membership = driver_->core().membership();
    const auto* member = membership.find(other.node_id);
    if (member == nullptr) member = initial_.find(other.node_id);
    if (member != nullptr && MemberAddress::parse(member->address).disk_id != other.disk_id) {
        return refuse("node " + std::to_string(other.node_id) +
                      " of this cluster has another disk: a node that lost its disk has forgotten "
                      "its votes; remove it (DELETE /raft/members/" +
                      std::to_string(other.node_id) +
                      "), give it a new RAFT_NODE_ID and RAFT_JOIN=1, and add it");
    }
    if (membership.empty()) return JSONResponse(200, answer);  // this one waits to be added itself
    if (member == nullptr && other.node_id <= membership.highest_id()) {
        return refuse("the id " + std::to_string(other.node_id) +
                      " was used before in this cluster; ids are never used again");
    }
    if (member == nullptr && !other.joining) {
        return refuse("node " + std::to_string(other.node_id) +
                      " is not a member of this cluster; start it with RAFT_JOIN=1 and add it with "
                      "POST /raft/members");
    }
    if (initial_.find(other.node_id) != nullptr && initial_.find(settings_.id) != nullptr &&
        other.peers != identity_.peers()) {
        return refuse(
            "the peer lists disagree: the cluster was begun with RAFT_PEERS=" + identity_.peers() +
            ", node " + std::to_string(other.node_id) + " has " + other.peers);
    }
    answer["initial_members"] = members_to_json(initial_);
    return JSONResponse(200, answer);
}

void RaftNode::fail(const std::string& why) {
    if (on_fatal_) on_fatal_(why);
}

}  // namespace gavel::raft
