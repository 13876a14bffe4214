#include "tests/simulation/two_phase/random_world.h"

#include <algorithm>
#include <cstdio>

namespace gavel::two_phase::simulation {
namespace {

constexpr std::int64_t vote_time_us = 2'000'000;
constexpr std::int64_t tick_us = 50'000;
constexpr int heal_rounds = 1'000;  // of a tick each
constexpr int ask_again_rounds = 50;
constexpr std::size_t max_under_way = 300;

DecisionTableLimits table_limits(std::uint64_t seed) {
    DecisionTableLimits limits;
    if (seed % 4 == 0) limits.max_finished = 2;
    return limits;
}

}  // namespace

void Counts::add(const Counts& other) {
    steps += other.steps;
    transactions += other.transactions;
    commits += other.commits;
    delivered += other.delivered;
    lost += other.lost;
    doubled += other.doubled;
    crashes += other.crashes;
    records_refused += other.records_refused;
    votes_refused += other.votes_refused;
}

RandomWorld::RandomWorld(std::uint64_t seed, bool trace)
    : seed_(seed), trace_(trace), random_(seed), table_(table_limits(seed), 10'000) {
    const auto participants = 2 + below(4);
    const auto coordinators = 1 + below(3);
    auctions_ = 1 + below(3);
    loss_ = below(2) * below(40);
    doubling_ = below(2) * below(30);
    crashing_ = below(8);
    full_disk_ = below(3) == 0 ? below(20) : 0;
    refusing_ = below(20);
    std::vector<std::string> coordinator_names;
    for (std::size_t i = 1; i <= coordinators; ++i) {
        coordinator_names.push_back("c" + std::to_string(i));
    }
    for (std::size_t i = 1; i <= participants; ++i) {
        participant_names_.push_back("p" + std::to_string(i));
    }
    const std::size_t remembered = below(3) == 0 ? 2 : 1'000;
    for (const auto& name : participant_names_) {
        ParticipantConfig config;
        config.name = name;
        config.coordinators = coordinator_names;
        config.max_finished = remembered;
        participants_.emplace_back(config);
    }
    for (const auto& name : coordinator_names) {
        CoordinatorConfig config;
        config.name = name;
        config.participants = participant_names_;
        config.answering = {participant_names_.front()};
        config.vote_time_us = vote_time_us;
        coordinators_.emplace_back(config);
    }
}

std::optional<std::string> RandomWorld::run() {
    const auto steps = 200 + below(1'000);
    for (std::uint64_t step = 0; step < steps; ++step) {
        ++counts_.steps;
        one_step();
        collect();
        if (auto broken = check()) return broken;
    }
    if (auto broken = heal()) return broken;
    auto broken = check_new_transactions();
    counts_.transactions = table_.ever().size();
    for (const auto& [id, ever] : table_.ever()) {
        counts_.commits += ever.decision == Decision::commit ? 1 : 0;
    }
    return broken;
}

// ---- one step ----------------------------------------------------------------------------------

void RandomWorld::one_step() {
    if (in_a_hundred(crashing_) && in_a_hundred(30)) {
        crash_something();
        return;
    }
    const auto choice = below(100);
    if (choice < 4) {
        request();
    } else if (choice < 50) {
        travel();
    } else if (choice < 85) {
        finish_something();
    } else {
        let_time_pass();
    }
}

void RandomWorld::request() {
    Packet packet;
    packet.kind = Packet::Kind::request;
    packet.from = client_name;
    packet.to = coordinators_[below(coordinators_.size())].name();
    // One in three asks again for what was asked before.
    const auto number = requests_ > 0 && below(3) == 0 ? below(requests_) : requests_++;
    packet.request.key = "k" + std::to_string(number);
    packet.request.transaction.kind = "close";
    packet.request.transaction.lock = "auction " + std::to_string(number % auctions_);
    network_.push_back(std::move(packet));
}

void RandomWorld::travel() {
    if (network_.empty()) return;
    const auto chosen = below(network_.size());
    const Packet packet = network_[chosen];
    // In the decision table's own case an answer may be lost, too: then the command took effect.
    if (in_a_hundred(loss_)) {
        ++counts_.lost;
        tell("lost: " + packet.describe());
        network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(chosen));
        return;
    }
    if (in_a_hundred(doubling_)) {
        ++counts_.doubled;
    } else {
        network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    deliver(packet);
}

void RandomWorld::let_time_pass() {
    now_us_ += tick_us;
    const auto chosen = below(participants_.size() + coordinators_.size());
    if (chosen < participants_.size()) {
        participants_[chosen].tick();
        return;
    }
    auto& coordinator = coordinators_[chosen - participants_.size()];
    if (below(8) == 0) {
        table_.list(coordinator.name());
    } else {
        coordinator.tick(now_us_);
    }
}

void RandomWorld::finish_something() {
    auto& node = participants_[below(participants_.size())];
    const auto& effects = node.waiting_effects();
    const bool has_record = !node.waiting_records().empty();
    if (effects.empty() && !has_record) return;
    if (has_record && (effects.empty() || below(2) == 0)) {
        const bool stored = !in_a_hundred(full_disk_);
        counts_.records_refused += stored ? 0 : 1;
        tell(node.name() + (stored ? ": a record is on disk" : ": no room for a record"));
        node.finish_record(stored);
        return;
    }
    const bool agrees = !in_a_hundred(refusing_);
    counts_.votes_refused += agrees ? 0 : 1;
    tell(node.name() + ": the service " + (agrees ? "has done it" : "refuses"));
    node.finish_effect(below(effects.size()), agrees);
}

void RandomWorld::crash_something() {
    ++counts_.crashes;
    const auto chosen = below(participants_.size() + coordinators_.size());
    if (chosen < participants_.size()) {
        tell(participants_[chosen].name() + " crashes and starts again");
        participants_[chosen].crash();
    } else {
        auto& coordinator = coordinators_[chosen - participants_.size()];
        tell(coordinator.name() + " crashes and starts again");
        coordinator.crash();
    }
}

// ---- travelling --------------------------------------------------------------------------------

void RandomWorld::deliver(const Packet& packet) {
    ++counts_.delivered;
    tell("arrives: " + packet.describe());
    if (packet.to == table_name) {
        table_.deliver(packet);
        return;
    }
    for (auto& node : participants_) {
        if (node.name() == packet.to) node.deliver(packet.message);
    }
    for (std::size_t i = 0; i < coordinators_.size(); ++i) {
        if (coordinators_[i].name() == packet.to && dead_.count(i) == 0) {
            coordinators_[i].deliver(packet, now_us_);
        }
    }
}

// Takes what all nodes have sent.
void RandomWorld::collect() {
    const auto take = [this](std::vector<Packet> packets) {
        for (auto& packet : packets) {
            note(packet);
            if (packet.to != client_name) network_.push_back(std::move(packet));
        }
    };
    for (auto& node : participants_) take(node.take_sent());
    for (auto& node : coordinators_) take(node.take_sent());
    take(table_.take_sent());
    // Some network forgets what is too much.
    while (network_.size() > max_under_way) {
        network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(below(network_.size())));
    }
}

void RandomWorld::note(const Packet& packet) {
    if (packet.kind == Packet::Kind::answer) {
        tell("told: " + packet.describe());
        if (packet.answer.kind == ClientAnswer::Kind::committed) ++answered_[packet.answer.key];
    }
    for (const auto& [id, ever] : table_.ever()) {
        auto& facts = facts_[id];
        if (facts.id.empty()) {
            facts.id = id;
            facts.participants.resize(participants_.size());
        }
    }
    const auto& id = packet.kind == Packet::Kind::answer ? packet.answer.record.transaction.id
                                                         : packet.message.id;
    const auto found = facts_.find(id);
    if (found != facts_.end()) note_packet(packet, participant_names_, found->second);
}

// ---- checks ------------------------------------------------------------------------------------

std::optional<std::string> RandomWorld::check() {
    if (!table_.violation().empty()) return table_.violation();
    for (const auto& node : coordinators_) {
        if (!node.violation().empty()) return node.violation();
    }
    for (const auto& node : participants_) {
        if (!node.violation().empty()) return node.violation();
    }
    for (auto& [id, facts] : facts_) {
        const auto& ever = table_.ever().at(id);
        facts.decision = ever.decision;
        facts.finished = ever.is_finished;
        for (std::size_t i = 0; i < participants_.size(); ++i) {
            auto& at = facts.participants[i];
            const bool voted = at.voted_commit;
            const bool acknowledged = at.acknowledged;
            at = facts_at(participants_[i], ever.transaction);
            at.voted_commit = voted;
            at.acknowledged = acknowledged;
        }
        if (auto broken = broken_rule(facts)) return broken;
    }
    return std::nullopt;
}

// ---- healing -----------------------------------------------------------------------------------

std::optional<std::string> RandomWorld::heal() {
    tell("all heals");
    if (coordinators_.size() > 1 && below(2) == 0) dead_.insert(below(coordinators_.size()));
    network_.clear();
    for (int round = 0; round < heal_rounds; ++round) {
        if (is_healed()) return std::nullopt;
        heal_one_round();
        if (auto broken = check()) return broken;
    }
    return "no progress: something is still open long after all faults were over";
}

void RandomWorld::heal_one_round() {
    now_us_ += tick_us;
    for (std::size_t i = 0; i < participants_.size(); ++i) {
        participants_[i].tick();
        finish_all(i);
    }
    for (std::size_t i = 0; i < coordinators_.size(); ++i) {
        if (dead_.count(i) > 0) continue;
        coordinators_[i].tick(now_us_);
        if (below(20) == 0) table_.list(coordinators_[i].name());
    }
    collect();
    for (const auto& packet : std::exchange(network_, {})) deliver(packet);
    for (std::size_t i = 0; i < participants_.size(); ++i) finish_all(i);
    collect();
}

void RandomWorld::finish_all(std::size_t participant) {
    auto& node = participants_[participant];
    while (!node.waiting_effects().empty() || !node.waiting_records().empty()) {
        if (!node.waiting_effects().empty()) {
            node.finish_effect(0, true);
        } else {
            node.finish_record(true);
        }
    }
}

bool RandomWorld::is_healed() const {
    if (!table_.table().unfinished().empty()) return false;
    for (const auto& node : participants_) {
        if (node.core().open() > 0 || node.holds_anything()) return false;
        for (const auto& [id, ever] : table_.ever()) {
            if (ever.decision == Decision::commit && !node.has_committed(id)) return false;
        }
    }
    return true;
}

// Nothing is left that would be in the way of a new transaction for long. A request of before may
// begin another attempt meanwhile, so the client asks again.
std::optional<std::string> RandomWorld::check_new_transactions() {
    for (std::size_t auction = 0; auction < auctions_; ++auction) {
        Packet packet;
        packet.kind = Packet::Kind::request;
        packet.from = client_name;
        for (std::size_t i = 0; i < coordinators_.size(); ++i) {
            if (dead_.count(i) == 0) packet.to = coordinators_[i].name();
        }
        packet.request.key = "new" + std::to_string(auction);
        packet.request.transaction.lock = "auction " + std::to_string(auction);
        for (int round = 0; round < heal_rounds && answered_.count(packet.request.key) == 0;
             ++round) {
            if (round % ask_again_rounds == 0) deliver(packet);
            heal_one_round();
            if (auto broken = check()) return broken;
        }
        if (answered_.count(packet.request.key) == 0) {
            return "no progress: after healing, a new transaction was not committed";
        }
    }
    return std::nullopt;
}

void RandomWorld::tell(const std::string& what) const {
    if (!trace_) return;
    std::printf("%9.3f s  %s\n", static_cast<double>(now_us_) / 1e6, what.c_str());
}

}  // namespace gavel::two_phase::simulation
