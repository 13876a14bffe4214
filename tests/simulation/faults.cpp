// What goes wrong, and how it is made right again.

#include <algorithm>
#include <string>

#include "tests/simulation/simulation.h"

namespace gavel::simulation {

using raft::NodeId;

void Simulation::crash_for_a_while(Server& server, const char* why) {
    if (server.core != nullptr) crash(server, why);
}

void Simulation::pause(Server& server) {
    if (server.core == nullptr || server.paused) return;
    server.paused = true;
    trace([&] { return "server " + std::to_string(server.id) + " pauses"; });
    schedule(random_.between(1'000, 2 * profile_.fault_length_us), EventKind::resume,
             static_cast<std::uint32_t>(server.id), server.life);
}

void Simulation::inject_fault() {
    const auto& weights = profile_.weights;
    struct Fault {
        const char* name;
        unsigned weight;
    };
    const Fault faults[] = {
        {"crash", weights.crash},
        {"crash of the leader", weights.crash_leader},
        {"crash of all", weights.crash_all},
        {"pause", weights.pause},
        {"pause of the leader", weights.pause_leader},
        {"split", weights.split},
        {"isolation", weights.isolate},
        {"one-way cut", weights.one_way},
        {"ring", weights.ring},
        {"slow disk", weights.slow_disk},
        {"full disk", weights.full_disk},
        {"failed fsync", weights.failed_sync},
        {"clock drift", weights.clock},
        {"leadership transfer", weights.transfer},
        {"membership change", weights.change},
        {"crash after a vote", weights.crash_at_vote},
        {"heavy loss", weights.loss},
    };
    unsigned sum = 0;
    for (const auto& fault : faults) sum += fault.weight;
    if (sum == 0) return;
    auto place = random_.between(1, sum);
    std::size_t chosen = 0;
    while (place > faults[chosen].weight) place -= faults[chosen++].weight;
    const std::string name = faults[chosen].name;
    ++statistics_.faults[name];
    trace([&] { return "FAULT " + name; });

    auto& server = any_server();
    const auto id = static_cast<std::uint32_t>(server.id);
    const auto length_us = random_.between(1'000, 2 * profile_.fault_length_us);
    const auto all = servers_.size();
    const auto cut_both = [this](NodeId a, NodeId b) { cut(a, b) = cut(b, a) = true; };
    switch (chosen) {
        case 0: return crash_for_a_while(server, "crash");
        case 1:
            if (auto* leads = leader()) crash_for_a_while(*leads, "crash");
            return;
        case 2:
            for (const auto& each : servers_) crash_for_a_while(*each, "crash of all");
            return;
        case 3: return pause(server);
        case 4:
            if (auto* leads = leader()) pause(*leads);
            return;
        case 5: {
            std::vector<bool> side;
            for (std::size_t i = 0; i <= all; ++i) side.push_back(random_.chance(50));
            for (NodeId a = 1; a <= all; ++a) {
                for (NodeId b = 1; b <= all; ++b) {
                    if (side[a] != side[b]) cut(a, b) = true;
                }
            }
            break;
        }
        case 6:
            for (NodeId other = 1; other <= all; ++other) {
                if (other != server.id) cut_both(server.id, other);
            }
            break;
        case 7: {
            const bool in = random_.chance(50);
            const bool whole = random_.chance(60);
            for (NodeId other = 1; other <= all; ++other) {
                if (!whole && random_.chance(60)) continue;
                (in ? cut(other, server.id) : cut(server.id, other)) = true;
            }
            break;
        }
        case 8:
            for (NodeId a = 1; a <= all; ++a) {
                for (NodeId b = 1; b <= all; ++b) {
                    const auto apart = (a + all - b) % all;
                    if (apart != 1 && apart != all - 1) cut(a, b) = true;
                }
            }
            break;
        case 9:
            server.disk_slowness = random_.between(5, 50);
            return schedule(length_us, EventKind::disk_heals, id);
        case 10: server.disk_full = true; return schedule(length_us, EventKind::disk_heals, id);
        case 11: return server.storage->fail_next_sync();
        case 12: {
            constexpr double rates[] = {0.25, 0.5, 0.9, 1.1, 2, 4};
            server.clock_rate = rates[random_.between(0, 5)];
            return;
        }
        case 13:
            if (auto* leads = leader(); leads != nullptr && !leads->paused) {
                leads->core->transfer_leadership(server.id);
                check(*leads);
                pump(*leads);
            }
            return;
        case 14: return change_membership();
        case 15: server.crash_at_vote = true; return;
        default: loss_percent_ = 30; break;
    }
    schedule(length_us, EventKind::heal, 0);
}

// An operator who adds, promotes and removes, at whichever server thinks that it leads.
void Simulation::change_membership() {
    std::vector<Server*> leaders;
    for (const auto& server : servers_) {
        if (server->core != nullptr && !server->paused &&
            server->core->role() == raft::Role::leader) {
            leaders.push_back(server.get());
        }
    }
    if (leaders.empty()) return;
    auto& server = *leaders[random_.between(0, leaders.size() - 1)];
    const auto& members = server.core->membership().members();
    const auto voters = server.core->membership().voters().size();

    raft::MembershipChange change;
    const auto& member = members[random_.between(0, members.size() - 1)];
    using Kind = raft::MembershipChange::Kind;
    if (!member.is_voter && random_.chance(80)) {
        change = {Kind::promote, member.id, ""};
    } else if (random_.chance(voters > 4 ? 70 : 35) && (voters > 2 || !member.is_voter)) {
        change = {Kind::remove, member.id, ""};
    } else {
        if (servers_.size() + 1 >= max_servers || members.size() > 7) return;
        change = {Kind::add_learner, servers_.size() + 1, ""};
    }
    const auto proposed = server.core->change_membership(change);
    if (proposed.refusal != raft::Refusal::none) return;
    ++statistics_.changes;
    trace([&] {
        constexpr const char* verbs[] = {"adds", "promotes", "removes"};
        return "server " + std::to_string(server.id) + " " + verbs[static_cast<int>(change.kind)] +
               " server " + std::to_string(change.id) + " with entry " +
               std::to_string(proposed.index);
    });
    if (change.kind == Kind::add_learner) start(add_server(change.id, {}));
    check(server);
    pump(server);
}

void Simulation::heal_everything() {
    trace([] { return std::string("ALL HEALS"); });
    healing_ = true;
    heal_network();
    for (const auto& server : servers_) {
        server->clock_rate = 1;
        server->disk_slowness = 1;
        server->disk_full = false;
        server->crash_at_vote = false;
        if (server->paused) {
            handle({now_us_, ++order_, EventKind::resume, static_cast<std::uint32_t>(server->id),
                    server->life, 0});
        }
        if (server->core == nullptr) start(*server);
    }
}

// Every client gets a command done, every voter is as far as the leader, and answers it.
bool Simulation::recovered() {
    auto* leads = leader();
    if (leads == nullptr || !leads->core->committed_own_term()) return false;
    for (const bool got_on : got_on_) {
        if (!got_on) return false;
    }
    // The leader itself has applied all that any client was told of.
    if (leads->machine.applied() < floor_) return false;
    const auto near = leads->core->commit_index();
    for (const auto& member : leads->core->membership().members()) {
        const auto& core = servers_[member.id - 1]->core;
        if (core == nullptr || core->leader() != leads->id) return false;
        if (core->commit_index() + 200 < near || core->applied_index() + 200 < near) return false;
    }
    return true;
}

// Nothing that was acknowledged is missing.
void Simulation::verify_end() {
    auto* leads = leader();
    for (std::size_t client = 0; client < clients_.size(); ++client) {
        if (leads->machine.last_serial(client) < acknowledged_[client]) {
            throw raft::InvariantBroken("Durability: command " +
                                        std::to_string(acknowledged_[client]) + " of client " +
                                        std::to_string(client) + " was acknowledged, and server " +
                                        std::to_string(leads->id) + " has only " +
                                        std::to_string(leads->machine.last_serial(client)) +
                                        " at entry " + std::to_string(leads->machine.applied()) +
                                        " of " + std::to_string(leads->core->commit_index()));
        }
    }
}

}  // namespace gavel::simulation
