#include "tests/raft/cluster.h"

#include "consensus/raft/crc32.h"

namespace gavel::raft::testing {

Cluster::Cluster(std::size_t servers, Config config) : config_(config) {
    std::vector<NodeId> ids;
    for (NodeId id = 1; id <= servers; ++id) ids.push_back(id);
    for (const auto id : ids) {
        nodes_[id].disk.snapshot.membership = Membership::of_voters(ids);
        restart(id);
    }
}

void Cluster::restart(NodeId id) {
    auto& node = nodes_[id];
    auto config = config_;
    config.id = id;
    node.saving.reset();
    node.applied.clear();
    node.core = std::make_unique<RaftCore>(config, node.disk, ++seed_);
}

void Cluster::add_empty(NodeId id) {
    restart(id);
}

void Cluster::pump(NodeId id) {
    auto& node = nodes_.at(id);
    while (node.core->has_ready()) {
        auto ready = node.core->take_ready();
        for (auto& message : ready.messages) {
            if (message.snapshot) {
                message.data = node.snapshot_data.substr(message.offset, message.chunk_bytes);
            }
            network_.push_back(std::move(message));
        }
        for (const auto& read : ready.reads) node.reads.push_back(read);
        if (ready.restore) node.core->applied(ready.restore->last.index);
        if (!ready.committed.empty()) {
            for (const auto& entry : ready.committed) node.applied.push_back(entry);
            node.core->applied(ready.committed.back().index);
        }
        if (ready.persist) {
            node.saving = std::move(ready.persist);
            if (!node.disk_stalls) finish_persist(id);
        }
    }
}

void Cluster::finish_persist(NodeId id) {
    auto& node = nodes_.at(id);
    if (!node.saving) return;
    auto batch = *std::exchange(node.saving, std::nullopt);
    if (batch.hard_state) node.disk.hard_state = *batch.hard_state;
    for (const auto& chunk : batch.chunks) {
        node.staged.resize(chunk.offset);
        node.staged += chunk.data;
    }
    if (batch.install) {
        node.disk.snapshot = *batch.install;
        node.disk.entries.clear();
        node.snapshot_data = std::exchange(node.staged, {});
    }
    for (const auto& entry : batch.entries) {
        node.disk.entries.resize(entry.index - node.disk.snapshot.last.index - 1);
        node.disk.entries.push_back(entry);
    }
    node.core->persisted();
    for (auto& message : batch.then_send) network_.push_back(std::move(message));
}

void Cluster::settle() {
    for (auto& [id, node] : nodes_) pump(id);
    while (!network_.empty()) {
        auto message = std::move(network_.front());
        network_.pop_front();
        const auto to = message.to;
        if (nodes_.count(to) == 0 || (lost && lost(message))) continue;
        nodes_.at(to).core->step(std::move(message));
        pump(to);
    }
}

void Cluster::elect(NodeId id) {
    // Until no one remembers a leader.
    for (auto& [other, node] : nodes_) {
        if (other == id || node.core->leader() == no_node) continue;
        for (std::uint32_t i = 0; i < config_.election_ticks_min; ++i) node.core->tick();
    }
    network_.clear();
    nodes_.at(id).core->campaign();
    settle();
}

void Cluster::tick(NodeId id, int times) {
    for (int i = 0; i < times; ++i) {
        nodes_.at(id).core->tick();
        pump(id);
    }
}

Proposed Cluster::propose(NodeId id, const std::string& command) {
    return nodes_.at(id).core->propose({command});
}

void Cluster::compact(NodeId id, std::uint64_t keep_entries) {
    auto& node = nodes_.at(id);
    auto& core = *node.core;
    node.snapshot_data = "state at " + std::to_string(core.applied_index());
    SnapshotMeta meta;
    meta.last = {core.applied_index(), *core.log().term_at(core.applied_index())};
    meta.membership = core.membership_at(meta.last.index);
    meta.size_bytes = node.snapshot_data.size();
    meta.crc = crc32(node.snapshot_data);
    core.compact(meta, keep_entries);
    std::erase_if(node.disk.entries,
                  [&meta](const Entry& entry) { return entry.index <= meta.last.index; });
    node.disk.snapshot = meta;
}

std::vector<std::string> Cluster::commands_applied(NodeId id) const {
    std::vector<std::string> commands;
    for (const auto& entry : nodes_.at(id).applied) {
        if (entry.kind == EntryKind::command) commands.emplace_back(entry.payload.view());
    }
    return commands;
}

}  // namespace gavel::raft::testing
