#include "tests/raft/driver/node_cluster.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "consensus/raft/driver/sqlite_raft_storage.h"
#include "consensus/raft/wire.h"

namespace gavel::raft::testing {
namespace {

constexpr std::int64_t step_ms = 5;
constexpr int max_steps = 12'000;

std::string url_of(NodeId id) {
    return "http://node-" + std::to_string(id) + ":9001";
}

NodeId node_at(const std::string& url) {
    return std::stoull(url.substr(std::string("http://node-").size()));
}

}  // namespace

void CommandList::apply(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
        REQUIRE(entry.index == last_index_ + 1);
        last_index_ = entry.index;
        if (entry.kind == EntryKind::command) commands_.emplace_back(entry.payload.view());
    }
}

void CommandList::restore(const SnapshotMeta& meta, const std::string& data) {
    ++restores;
    commands_.clear();
    WireReader in(data);
    while (!in.at_end()) commands_.emplace_back(in.text(1'000'000));
    last_index_ = meta.last.index;
}

void CommandList::make_snapshot(Index index, SnapshotMade made) {
    if (index != last_index_) return made(std::nullopt);
    WireWriter out;
    for (const auto& command : commands_) out.text(command);
    made(out.take());
}

// Calls the other node's handler a moment later, and answers a moment later, unless the way is cut.
class NodeCluster::Link : public ServiceClient {
  public:
    Link(NodeCluster& cluster, NodeId from, NodeId to) : cluster_(cluster), from_(from), to_(to) {}

    void send(ServiceRequest request, Callback callback) override {
        auto& clock = cluster_.scheduler;
        const auto answered = std::make_shared<bool>(false);
        const auto finish = [answered, callback](ServiceResult result) {
            if (!std::exchange(*answered, true)) callback(std::move(result));
        };
        clock.call_after_ms(request.timeout_ms, [finish] {
            finish({ServiceFailure::timed_out, {}});
        });
        clock.call_after_ms(1, [&cluster = cluster_, from = from_, to = to_, request, finish] {
            if (cluster.cuts_.count({from, to}) > 0) return;
            if (!cluster.runs(to)) return finish({ServiceFailure::unreachable, {}});
            JSONRequest incoming(request.method, request.target, request.body, request.headers);
            cluster[to].handler->handle(
                std::move(incoming), Responder([&cluster, from, to, finish](Response response) {
                    cluster.scheduler.call_after_ms(1, [&cluster, from, to, finish, response] {
                        if (cluster.cuts_.count({to, from}) > 0) return;
                        finish({ServiceFailure::none, response});
                    });
                }));
        });
    }

  private:
    NodeCluster& cluster_;
    NodeId from_;
    NodeId to_;
};

NodeCluster::NodeCluster(std::size_t nodes) {
    std::map<NodeId, std::string> peers;
    for (NodeId id = 1; id <= nodes; ++id) peers[id] = url_of(id);
    for (NodeId id = 1; id <= nodes; ++id) {
        auto& settings = settings_[id];
        settings.id = id;
        settings.peers = peers;
        settings.data_dir = folder(id);
    }
}

std::string NodeCluster::folder(NodeId id) const {
    return directory_.file("node-" + std::to_string(id));
}

void NodeCluster::wipe(NodeId id) {
    std::filesystem::remove_all(folder(id));
}

NodeCluster::Node& NodeCluster::start(NodeId id) {
    std::filesystem::create_directories(settings_[id].data_dir);
    auto& node = nodes_[id] = std::make_unique<Node>();
    node->settings = settings_[id];
    Node* const started = node.get();
    started->machine = std::make_unique<CommandList>();
    started->node = std::make_unique<RaftNode>(
        RaftNode::Surroundings{scheduler,
                               [this, id](const std::string& url) {
                                   return std::make_unique<Link>(*this, id, node_at(url));
                               },
                               [] { return std::make_unique<gavel::testing::InlineExecutor>(); }},
        settings_[id], [started](const RaftNode::Opening& opening) -> StateMachine& {
            if (opening.data) started->machine->restore(opening.snapshot, *opening.data);
            return *started->machine;
        });
    started->handler = std::make_unique<RaftHandler>(scheduler, *started->node);
    started->node->on_fatal([started](const std::string& why) { started->fatal.push_back(why); });
    started->node->start();
    return *started;
}

void NodeCluster::start_all() {
    for (const auto& [id, settings] : settings_) start(id);
}

void NodeCluster::isolate(NodeId id) {
    for (const auto& [other, settings] : settings_) {
        if (other == id) continue;
        cut(id, other);
        cut(other, id);
    }
}

void NodeCluster::run_ms(std::int64_t ms) {
    scheduler.advance_ms(ms);
}

void NodeCluster::run_until(const std::function<bool()>& condition) {
    for (int i = 0; i < max_steps && !condition(); ++i) scheduler.advance_ms(step_ms);
    REQUIRE(condition());
}

NodeId NodeCluster::wait_for_leader() {
    NodeId leader = no_node;
    run_until([&] {
        std::size_t following = 0;
        leader = no_node;
        for (const auto& [id, node] : nodes_) {
            if (node->leads() && node->node->driver()->core().committed_own_term()) leader = id;
        }
        for (const auto& [id, node] : nodes_) {
            if (node->node->driver() != nullptr &&
                node->node->driver()->core().leader() == leader) {
                ++following;
            }
        }
        return leader != no_node && following > settings_.size() / 2;
    });
    return leader;
}

void NodeCluster::propose(const std::string& command) {
    auto& driver = *nodes_.at(wait_for_leader())->node->driver();
    REQUIRE(driver.propose({command}).refusal == Refusal::none);
}

void NodeCluster::wait_for_commands(const std::vector<std::string>& commands) {
    run_until([&] {
        for (const auto& [id, node] : nodes_) {
            if (node->machine->commands() != commands) return false;
        }
        return true;
    });
}

std::shared_ptr<const gavel::testing::RecordedAnswer> NodeCluster::ask(
    NodeId id, std::string method, std::string target, std::string body, Headers headers) {
    auto answer = gavel::testing::ask(*nodes_.at(id)->handler, std::move(method), std::move(target),
                                      std::move(body), std::move(headers));
    run_until([&] { return answer->arrived; });
    return answer;
}

}  // namespace gavel::raft::testing
