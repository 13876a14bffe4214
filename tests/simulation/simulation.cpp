#include "tests/simulation/simulation.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "consensus/raft/message_codec.h"
#include "consensus/raft/mutant.h"
#include "tests/simulation/describe.h"

namespace gavel::simulation {

using raft::Index;
using raft::Message;
using raft::NodeId;

namespace {

constexpr std::uint64_t second_us = 1'000'000;
// Some tens of times what a run needs.
constexpr std::uint64_t max_events = 2'000'000;

[[noreturn]] void wrong(const std::string& what) {
    throw raft::InvariantBroken(what);
}

}  // namespace

void Statistics::add(const Statistics& other) {
    events += other.events;
    simulated_us += other.simulated_us;
    messages += other.messages;
    lost += other.lost;
    duplicated += other.duplicated;
    corrupted += other.corrupted;
    elections_won += other.elections_won;
    writes += other.writes;
    retries += other.retries;
    reads += other.reads;
    snapshots += other.snapshots;
    installs += other.installs;
    changes += other.changes;
    for (const auto& [kind, count] : other.faults) faults[kind] += count;
}

Simulation::Simulation(std::uint64_t seed, bool trace)
    : trace_(trace),
      random_(seed * 0x9e3779b97f4a7c15U + 1),
      profile_(random_),
      loss_percent_(profile_.loss_percent),
      clients_(profile_.clients),
      effects_(profile_.clients),
      acknowledged_(profile_.clients),
      got_on_(profile_.clients) {
    invariants_ = std::make_unique<raft::RaftInvariants>(
        [this](NodeId server, const raft::LogPosition& entry) {
            return servers_[server - 1]->storage->on_disk(entry);
        });
    std::vector<NodeId> ids;
    for (NodeId id = 1; id <= profile_.servers; ++id) ids.push_back(id);
    const auto initial = raft::Membership::of_voters(ids);
    for (const auto id : ids) start(add_server(id, initial));
    for (std::uint32_t client = 0; client < clients_.size(); ++client) {
        schedule(random_.between(0, profile_.think_us), EventKind::client_begin, client);
    }
    schedule(profile_.fault_us, EventKind::fault, 0);
}

Simulation::~Simulation() = default;

std::optional<std::string> Simulation::run() {
    try {
        run_until(profile_.duration_us);
        heal_everything();
        const auto deadline_us = now_us_ + 60 * second_us;
        while (!recovered()) {
            if (now_us_ >= deadline_us) wrong("Progress: the cluster healed and does not get on");
            run_until(now_us_ + second_us / 4);
        }
        verify_end();
    } catch (const std::exception& error) {
        statistics_.simulated_us = now_us_;
        trace([&] { return "WRONG: " + std::string(error.what()); });
        return "at " + std::to_string(now_us_ / 1'000) + " ms: " + error.what();
    }
    statistics_.simulated_us = now_us_;
    return std::nullopt;
}

void Simulation::print(const std::string& line) const {
    std::printf("%10.3f ms  %s\n", static_cast<double>(now_us_) / 1'000, line.c_str());
}

// ---- time --------------------------------------------------------------------------------------

void Simulation::schedule(std::uint64_t in_us, EventKind kind, std::uint32_t target,
                          std::uint64_t life, std::uint64_t value) {
    events_.push({now_us_ + in_us, ++order_, kind, target, life, value});
}

void Simulation::run_until(std::uint64_t end_us) {
    while (!events_.empty() && events_.top().at_us <= end_us) {
        const auto event = events_.top();
        events_.pop();
        now_us_ = event.at_us;
        if (++statistics_.events > max_events) wrong("Progress: a storm of messages without end");
        handle(event);
    }
    now_us_ = end_us;
}

void Simulation::handle(const Event& event) {
    switch (event.kind) {
        case EventKind::client_begin: return begin(event.target);
        case EventKind::client_answer: {
            const auto request = requests_[event.value];
            free_requests_.push_back(event.value);
            return take_answer(request);
        }
        case EventKind::client_timeout: {
            auto& client = clients_[event.target];
            if (!client.busy || client.request.attempt != event.value) return;
            client.server = any_server().id;
            ++statistics_.retries;
            return ask(event.target);
        }
        case EventKind::fault:
            if (healing_) return;
            inject_fault();
            return schedule(random_.between(1, 2 * profile_.fault_us), EventKind::fault, 0);
        case EventKind::heal: return heal_network();
        case EventKind::restart: {
            auto& server = *servers_[event.target - 1];
            if (server.core == nullptr && event.life == server.life) start(server);
            return;
        }
        case EventKind::resume: {
            auto& server = *servers_[event.target - 1];
            if (!server.paused || event.life != server.life) return;
            server.paused = false;
            trace([&] { return "server " + std::to_string(server.id) + " goes on"; });
            // What came meanwhile is found in any order.
            auto deferred = std::exchange(server.deferred, {});
            while (!deferred.empty()) {
                const auto at = random_.between(0, deferred.size() - 1);
                auto next = deferred[at];
                deferred.erase(deferred.begin() + static_cast<std::ptrdiff_t>(at));
                next.at_us = now_us_;
                next.order = ++order_;
                events_.push(next);
            }
            return;
        }
        case EventKind::disk_heals: {
            auto& server = *servers_[event.target - 1];
            server.disk_slowness = 1;
            server.disk_full = false;
            return;
        }
        case EventKind::client_request:
        default: break;
    }
    auto& server = *servers_[event.target - 1];
    const bool of_this_life = event.life == 0 || event.life == server.life;
    if (server.core != nullptr && server.paused && of_this_life) {
        if (event.kind != EventKind::tick || server.deferred.empty() ||
            server.deferred.front().kind != EventKind::tick) {
            if (event.kind == EventKind::tick) {
                server.deferred.insert(server.deferred.begin(), event);
            } else {
                server.deferred.push_back(event);
            }
        }
        return;
    }
    handle_server(event, server);
}

void Simulation::handle_server(const Event& event, Server& server) {
    const bool alive = server.core != nullptr && (event.life == 0 || event.life == server.life);
    switch (event.kind) {
        case EventKind::message: {
            auto message = std::move(messages_[event.value]);
            free_messages_.push_back(event.value);
            if (!alive) return;
            trace([&] { return "  got   " + describe(message); });
            server.core->step(std::move(message));
            break;
        }
        case EventKind::client_request: {
            const auto request = requests_[event.value];
            free_requests_.push_back(event.value);
            if (!alive) return;
            serve(server, request);
            break;
        }
        case EventKind::tick: {
            if (!alive) return;
            server.core->tick();
            server.core->announce_commit(server.core->commit_index());
            const auto tick_us = static_cast<double>(profile_.tick_us) / server.clock_rate;
            schedule(static_cast<std::uint64_t>(tick_us), EventKind::tick, event.target,
                     server.life);
            break;
        }
        case EventKind::disk_retry:
            if (!alive) return;
            persist(server);
            break;
        case EventKind::disk_done:
            if (!alive) return;
            disk_done(server);
            break;
        case EventKind::apply_done: {
            if (!alive) return;
            const auto entries = std::exchange(server.applying, {});
            apply(server, entries);
            break;
        }
        default: return;
    }
    if (server.core == nullptr) return;
    check(server);
    pump(server);
}

// ---- servers -----------------------------------------------------------------------------------

Simulation::Server& Simulation::add_server(NodeId id, const raft::Membership& initial) {
    auto server = std::make_unique<Server>(profile_.clients);
    server->id = id;
    server->storage = std::make_unique<SimStorage>(initial);
    servers_.push_back(std::move(server));
    return *servers_.back();
}

void Simulation::start(Server& server) {
    auto config = profile_.config;
    config.id = server.id;
    ++server.life;
    server.core = std::make_unique<raft::RaftCore>(config, server.storage->load(), random_.next());
    server.machine = StateMachine(profile_.clients);
    if (server.core->snapshot().last.index > 0) {
        server.machine.restore(server.storage->snapshot_data());
    }
    server.leading = false;
    trace([&] {
        return "server " + std::to_string(server.id) + " starts: term " +
               std::to_string(server.core->term()) + " vote " +
               std::to_string(server.core->vote()) + " log " + describe(server.core->log().base()) +
               ".." + describe(server.core->log().last());
    });
    invariants_->restarted(*server.core);
    schedule(random_.between(1, profile_.tick_us), EventKind::tick,
             static_cast<std::uint32_t>(server.id), server.life);
}

void Simulation::crash(Server& server, const char* why, bool soon_back) {
    trace([&] { return "server " + std::to_string(server.id) + " ends: " + why; });
    server.core.reset();
    ++server.life;
    server.paused = false;
    // What was addressed to it is lost; places are freed where the events are handled.
    for (const auto& event : server.deferred) {
        if (event.kind == EventKind::message) free_messages_.push_back(event.value);
        if (event.kind == EventKind::client_request) free_requests_.push_back(event.value);
    }
    server.deferred.clear();
    server.storage->crash(random_);
    server.disk_busy = false;
    server.saving.reset();
    server.snapshotting.reset();
    server.applying.clear();
    server.writes.clear();
    server.reads.clear();
    server.confirmed.clear();
    const auto in_us = healing_ || soon_back ? random_.between(500, 5'000)
                                             : random_.between(1'000, profile_.fault_length_us);
    schedule(in_us, EventKind::restart, static_cast<std::uint32_t>(server.id), server.life);
}

void Simulation::check(Server& server) {
    const bool leads = server.core->role() == raft::Role::leader;
    if (leads && !server.leading) {
        ++statistics_.elections_won;
        trace([&] {
            return "server " + std::to_string(server.id) + " leads in term " +
                   std::to_string(server.core->term());
        });
    }
    server.leading = leads;
    invariants_->check(*server.core);
}

// Does what the core wants done, until it wants nothing more at once.
void Simulation::pump(Server& server) {
    while (server.core != nullptr && server.core->has_ready()) {
        auto ready = server.core->take_ready();
        for (auto& message : ready.messages) send(server, std::move(message));
        for (const auto& read : ready.reads) {
            const auto found = server.reads.find(read.context);
            if (found == server.reads.end()) continue;
            if (read.confirmed) server.confirmed.emplace(read.index, found->second);
            server.reads.erase(found);
        }
        if (ready.restore) {
            ++statistics_.installs;
            trace([&] {
                return "server " + std::to_string(server.id) + " installs the snapshot of " +
                       describe(ready.restore->last);
            });
            server.machine.restore(server.storage->snapshot_data());
            server.core->applied(ready.restore->last.index);
            invariants_->applied(server.id, server.machine.applied(), server.machine.hash());
            server.writes.clear();
        }
        if (ready.persist) {
            server.saving = std::move(ready.persist);
            if (!server.disk_busy) persist(server);
        }
        if (!ready.committed.empty()) {
            if (profile_.apply_us == 0) {
                apply(server, ready.committed);
            } else {
                server.applying = std::move(ready.committed);
                schedule(random_.between(1, profile_.apply_us), EventKind::apply_done,
                         static_cast<std::uint32_t>(server.id), server.life);
            }
        }
        answer_confirmed(server);
        if (server.core != nullptr) check(server);
    }
    if (server.core != nullptr) maybe_snapshot(server);
}

void Simulation::persist(Server& server) {
    const auto id = static_cast<std::uint32_t>(server.id);
    if (server.disk_full) {
        return schedule(20'000, EventKind::disk_retry, id, server.life);
    }
    server.disk_busy = true;
    server.storage->write(*server.saving);
    schedule(random_.between(profile_.disk_us / 2, profile_.disk_us * 2) * server.disk_slowness,
             EventKind::disk_done, id, server.life);
}

void Simulation::disk_done(Server& server) {
    if (server.storage->sync() == raft::RaftStorage::Result::failed) {
        trace([&] { return "server " + std::to_string(server.id) + ": an fsync fails"; });
        if (!mutated(raft::Mutant::retry_failed_fsync)) return crash(server, "an fsync failed");
        server.storage->sync();
    }
    server.disk_busy = false;
    if (server.snapshotting) {
        const auto meta = *std::exchange(server.snapshotting, std::nullopt);
        server.core->compact(meta, profile_.keep_entries);
        server.storage->drop_snapshots_before(server.core->oldest_snapshot_in_use());
        ++statistics_.snapshots;
        if (server.saving) persist(server);
        return;
    }
    auto batch = std::exchange(server.saving, std::nullopt);
    server.core->persisted();
    for (auto& message : batch->then_send) send(server, std::move(message));
    if (server.crash_at_vote && batch->hard_state) {
        server.crash_at_vote = false;
        // What the core wants next may have reached the disk or not.
        pump(server);
        if (server.core != nullptr) crash(server, "crash after a vote", true);
    }
}

void Simulation::apply(Server& server, const std::vector<raft::Entry>& entries) {
    for (const auto& entry : entries) {
        const auto outcome = server.machine.apply(entry);
        invariants_->applied(server.id, entry.index, server.machine.hash());
        if (outcome.took_effect) {
            const auto command = Command::decode(entry.payload.view());
            auto& effects = effects_[command.client];
            if (effects.size() <= command.serial) effects.resize(command.serial + 1);
            auto& effect = effects[command.serial];
            if (effect == 0) effect = entry.index;
            if (effect != entry.index) {
                wrong("Exactly once: command " + std::to_string(command.serial) + " of client " +
                      std::to_string(command.client) + " took effect at " + std::to_string(effect) +
                      " and at " + std::to_string(entry.index));
            }
        }
        const auto waiting = server.writes.find(entry.index);
        if (waiting == server.writes.end()) continue;
        auto& [term, request] = waiting->second;
        request.done = term == entry.term;
        request.index = outcome.index;
        answer(request);
        server.writes.erase(waiting);
    }
    server.core->applied(entries.back().index);
    answer_confirmed(server);
}

void Simulation::maybe_snapshot(Server& server) {
    if (server.disk_busy || server.saving || server.disk_full || !server.applying.empty()) return;
    const auto index = server.machine.applied();
    const auto& core = *server.core;
    if (index < core.snapshot().last.index + profile_.snapshot_entries) return;
    if (index > core.log().stable() || index != core.applied_index()) return;
    auto data = server.machine.snapshot(profile_.snapshot_padding_bytes);
    raft::SnapshotMeta meta;
    meta.last = {index, *core.log().term_at(index)};
    meta.membership = core.membership_at(index);
    meta.size_bytes = data.size();
    meta.crc = raft::crc32(data);
    server.snapshotting = meta;
    server.storage->write_snapshot(meta, std::move(data));
    server.disk_busy = true;
    schedule(random_.between(profile_.disk_us, profile_.disk_us * 4) * server.disk_slowness,
             EventKind::disk_done, static_cast<std::uint32_t>(server.id), server.life);
}

void Simulation::answer_confirmed(Server& server) {
    while (!server.confirmed.empty() &&
           server.confirmed.begin()->first <= server.machine.applied()) {
        auto request = server.confirmed.begin()->second;
        server.confirmed.erase(server.confirmed.begin());
        request.done = true;
        request.index = server.machine.applied();
        answer(request);
    }
}

Simulation::Server* Simulation::leader() {
    Server* found = nullptr;
    for (const auto& server : servers_) {
        if (server->core == nullptr || server->core->role() != raft::Role::leader) continue;
        if (found == nullptr || found->core->term() < server->core->term()) found = server.get();
    }
    return found;
}

// ---- network -----------------------------------------------------------------------------------

void Simulation::send(Server& from, Message message) {
    if (message.type == raft::MessageType::snapshot_request) {
        message.data = from.storage->read_snapshot(message.snapshot->last.index, message.offset,
                                                   message.chunk_bytes);
        if (message.data.size() != message.chunk_bytes) {
            if (from.core != nullptr) from.core->snapshot_unavailable(message.to);
            return;
        }
    }
    ++statistics_.messages;
    if (message.to > servers_.size()) return;
    trace([&] { return "send    " + describe(message); });
    if (cut(from.id, message.to) || random_.chance(loss_percent_)) {
        ++statistics_.lost;
        trace([&] { return "  lost  " + describe(message); });
        return;
    }
    if (profile_.corrupt_percent > 0) {
        auto bytes = raft::encode_message(message);
        const bool corrupt = !healing_ && random_.chance(profile_.corrupt_percent);
        if (corrupt) {
            char& hit = bytes[random_.between(0, bytes.size() - 1)];
            hit = static_cast<char>(static_cast<unsigned char>(hit) ^ random_.between(1, 255));
            ++statistics_.corrupted;
        }
        try {
            message = raft::decode_message(bytes);
            if (corrupt) wrong("a corrupted message was taken for a whole one");
        } catch (const raft::MalformedRecord&) {
            if (!corrupt) throw;
            return;
        }
    }
    if (!healing_ && random_.chance(profile_.duplicate_percent)) {
        ++statistics_.duplicated;
        deliver(message, random_.between(profile_.min_delay_us, profile_.max_late_us));
    }
    deliver(std::move(message), random_.between(profile_.min_delay_us, profile_.max_delay_us));
}

void Simulation::deliver(Message message, std::uint64_t in_us) {
    const auto to = static_cast<std::uint32_t>(message.to);
    if (free_messages_.empty()) {
        free_messages_.push_back(messages_.size());
        messages_.emplace_back();
    }
    const auto place = free_messages_.back();
    free_messages_.pop_back();
    messages_[place] = std::move(message);
    schedule(in_us, EventKind::message, to, 0, place);
}

void Simulation::heal_network() {
    std::fill(std::begin(cut_), std::end(cut_), false);
    loss_percent_ = healing_ ? 0 : profile_.loss_percent;
    trace([] { return std::string("the network heals"); });
}

// ---- clients -----------------------------------------------------------------------------------

std::uint64_t Simulation::store(Request request) {
    if (free_requests_.empty()) {
        free_requests_.push_back(requests_.size());
        requests_.emplace_back();
    }
    const auto place = free_requests_.back();
    free_requests_.pop_back();
    requests_[place] = request;
    return place;
}

void Simulation::begin(std::uint32_t number) {
    auto& client = clients_[number];
    client.busy = true;
    auto& request = client.request;
    request.client = number;
    request.is_read = random_.chance(profile_.read_percent);
    if (request.is_read) {
        client.server = any_server().id;
    } else {
        ++request.serial;
    }
    request.floor = floor_;
    ask(number);
}

void Simulation::ask(std::uint32_t number) {
    auto& client = clients_[number];
    ++client.request.attempt;
    auto request = client.request;
    request.done = false;
    request.index = 0;
    schedule(random_.between(profile_.min_delay_us, profile_.max_delay_us),
             EventKind::client_request, static_cast<std::uint32_t>(client.server), 0,
             store(request));
    schedule(random_.between(second_us / 4, second_us / 2), EventKind::client_timeout, number, 0,
             request.attempt);
}

void Simulation::serve(Server& server, Request request) {
    auto& core = *server.core;
    request.hint = core.leader();
    if (request.is_read) {
        const auto context = ++server.contexts;
        server.reads[context] = request;
        if (core.read(context).refusal != raft::Refusal::none) {
            server.reads.erase(context);
            answer(request);
        }
        return;
    }
    std::vector<std::string> commands;
    commands.push_back(Command{request.client, request.serial}.encode(profile_.padding_bytes));
    const auto proposed = core.propose(std::move(commands));
    if (proposed.refusal != raft::Refusal::none) return answer(request);
    trace([&] {
        return "client " + std::to_string(request.client) + " command " +
               std::to_string(request.serial) + " at server " + std::to_string(server.id) +
               " becomes entry " + std::to_string(proposed.index);
    });
    server.writes[proposed.index] = {proposed.term, request};
}

void Simulation::answer(const Request& request) {
    if (random_.chance(loss_percent_)) return;
    schedule(random_.between(profile_.min_delay_us, profile_.max_delay_us),
             EventKind::client_answer, request.client, 0, store(request));
}

void Simulation::take_answer(const Request& request) {
    auto& client = clients_[request.client];
    if (request.done && request.is_read) {
        // A read sees everything that had been seen or acknowledged when it began.
        ++statistics_.reads;
        if (request.index < request.floor) {
            wrong("Linearizability: a read of client " + std::to_string(request.client) +
                  " saw entry " + std::to_string(request.index) + " after someone saw entry " +
                  std::to_string(request.floor));
        }
    }
    if (request.done && !request.is_read) {
        const auto& effects = effects_[request.client];
        if (request.serial >= effects.size() || effects[request.serial] == 0) {
            wrong("Durability: a command was acknowledged and never took effect");
        }
        if (request.index < effects[request.serial]) {
            wrong("Linearizability: a command was told a place before its own");
        }
        if (effects[request.serial] <= request.floor) {
            wrong("Linearizability: a command took effect before it was given");
        }
        acknowledged_[request.client] = std::max(acknowledged_[request.client], request.serial);
        got_on_[request.client] = healing_;
    }
    if (request.done) floor_ = std::max(floor_, request.index);
    if (!client.busy || request.attempt != client.request.attempt) return;
    if (!request.done) {
        if (request.hint != raft::no_node && request.hint <= servers_.size()) {
            client.server = request.hint;
        } else {
            client.server = any_server().id;
        }
        return schedule(random_.between(5'000, 50'000), EventKind::client_timeout, request.client,
                        0, request.attempt);
    }
    client.busy = false;
    if (!request.is_read) ++statistics_.writes;
    schedule(random_.between(1, 2 * profile_.think_us), EventKind::client_begin, request.client);
}

}  // namespace gavel::simulation
