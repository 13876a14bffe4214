#include "tests/simulation/two_phase/nodes.h"

#include <algorithm>
#include <utility>

namespace gavel::two_phase::simulation {
namespace {

const char* name_of(DecisionCommand::Type type) {
    constexpr const char* names[] = {"begin", "decide", "forget", "look"};
    return names[static_cast<int>(type)];
}

std::string describe(const DecisionCommand& command) {
    std::string text = name_of(command.type);
    text += " " + (command.type == DecisionCommand::Type::begin ? command.key : command.id);
    if (command.type == DecisionCommand::Type::decide) {
        text += std::string(" ") + two_phase::name_of(command.decision);
    }
    return text;
}

const char* name_of(ClientAnswer::Kind kind) {
    constexpr const char* names[] = {"committed", "aborted", "other body", "full", "expired"};
    return names[static_cast<int>(kind)];
}

Packet message_packet(Message message) {
    Packet packet;
    packet.kind = Packet::Kind::message;
    packet.from = message.from;
    packet.to = message.to;
    packet.message = std::move(message);
    return packet;
}

}  // namespace

std::string Packet::describe() const {
    std::string what;
    switch (kind) {
        case Kind::request: what = "request " + request.key; break;
        case Kind::message:
            what = std::string(two_phase::name_of(message.type)) + " " + message.id;
            break;
        case Kind::command: what = simulation::describe(command); break;
        case Kind::outcome:
            what =
                "outcome of " + simulation::describe(command) +
                (outcome.record ? std::string(": ") + two_phase::name_of(outcome.record->decision)
                                : ": no record");
            break;
        case Kind::listing:
            what =
                "unfinished " + record.transaction.id + " " + two_phase::name_of(record.decision);
            break;
        case Kind::answer:
            what = "answer " + answer.key + ": " + simulation::name_of(answer.kind);
            break;
    }
    return what + " from " + from + " to " + to;
}

// ---- participant -------------------------------------------------------------------------------

ParticipantNode::ParticipantNode(const ParticipantConfig& config)
    : name_(config.name), core_(config, {}, 0) {
    take_output();
}

void ParticipantNode::deliver(const Message& message) {
    core_.step(message);
    take_output();
}

void ParticipantNode::tick() {
    core_.tick();
    take_output();
}

void ParticipantNode::finish_record(bool stored) {
    const auto record = waiting_records_.front();
    waiting_records_.erase(waiting_records_.begin());
    if (stored) {
        disk_[record.transaction.id] = record;
        disk_forgotten_us_ = std::max(disk_forgotten_us_, core_.forgotten_us());
        std::erase_if(disk_, [this](const auto& entry) {
            return entry.second.state != ParticipantRecord::State::prepared &&
                   entry.second.transaction.began_us <= disk_forgotten_us_;
        });
        core_.stored(record);
    } else {
        core_.not_stored(record);
    }
    take_output();
}

void ParticipantNode::finish_effect(std::size_t position, bool agrees) {
    const auto effect = waiting_effects_.at(position);
    waiting_effects_.erase(waiting_effects_.begin() + static_cast<std::ptrdiff_t>(position));
    const auto& transaction = effect.transaction;
    const auto& id = transaction.id;
    switch (effect.type) {
        case Effect::Type::prepare:
            if (has_committed(id)) wrong("prepares again what it has committed: " + id);
            if (!agrees || is_held_by_another(transaction)) {
                core_.refused(id, {409, "no", ""});
            } else {
                held_[id] = transaction.lock;
                core_.prepared(id, "facts");
            }
            break;
        case Effect::Type::restore:
            if (is_held_by_another(transaction)) wrong("two transactions hold " + transaction.lock);
            held_[id] = transaction.lock;
            core_.restored(id);
            break;
        case Effect::Type::commit:
            if (!has_committed(id) && held_.count(id) == 0) {
                wrong("commits what it does not hold: " + id);
            }
            committed_.insert(id);
            held_.erase(id);
            core_.committed(id, "result");
            break;
        case Effect::Type::abort:
            if (has_committed(id)) wrong("aborts what it has committed: " + id);
            if (recorded(id) != nullptr) broken_off_.insert(id);
            held_.erase(id);
            core_.aborted(id);
            break;
    }
    take_output();
}

void ParticipantNode::crash() {
    waiting_records_.clear();
    waiting_effects_.clear();
    held_.clear();
    std::vector<ParticipantRecord> records;
    for (const auto& [id, record] : disk_) records.push_back(record);
    core_ = Participant(core_.config(), records, disk_forgotten_us_);
    take_output();
}

void ParticipantNode::take_output() {
    auto output = core_.take_output();
    for (auto& message : output.messages) sent_.push_back(message_packet(std::move(message)));
    for (auto& record : output.records) waiting_records_.push_back(std::move(record));
    for (auto& effect : output.effects) {
        // Asked twice is asked once.
        if (std::count(waiting_effects_.begin(), waiting_effects_.end(), effect) == 0) {
            waiting_effects_.push_back(std::move(effect));
        }
    }
    for (const auto& damage : output.damage) wrong(damage);
}

bool ParticipantNode::is_held_by_another(const Transaction& transaction) const {
    return !transaction.lock.empty() &&
           std::any_of(held_.begin(), held_.end(), [&](const auto& held) {
               return held.first != transaction.id && held.second == transaction.lock;
           });
}

void ParticipantNode::wrong(const std::string& what) {
    if (violation_.empty()) violation_ = name_ + ": " + what;
}

const ParticipantRecord* ParticipantNode::recorded(const std::string& id) const {
    const auto record = disk_.find(id);
    return record == disk_.end() ? nullptr : &record->second;
}

std::vector<Packet> ParticipantNode::take_sent() {
    return std::exchange(sent_, {});
}

// ---- coordinator -------------------------------------------------------------------------------

void CoordinatorNode::deliver(const Packet& packet, std::int64_t now_us) {
    switch (packet.kind) {
        case Packet::Kind::request: core_.begin(packet.request, now_us); break;
        case Packet::Kind::message: core_.step(packet.message, now_us); break;
        case Packet::Kind::outcome: core_.stored(packet.command, packet.outcome, now_us); break;
        case Packet::Kind::listing: core_.take_over(packet.record, now_us); break;
        default: break;
    }
    take_output();
}

void CoordinatorNode::tick(std::int64_t now_us) {
    core_.tick(now_us);
    take_output();
}

void CoordinatorNode::take_output() {
    auto output = core_.take_output();
    for (auto& message : output.messages) sent_.push_back(message_packet(std::move(message)));
    for (auto& command : output.commands) {
        Packet packet;
        packet.kind = Packet::Kind::command;
        packet.from = name();
        packet.to = table_name;
        packet.command = std::move(command);
        sent_.push_back(std::move(packet));
    }
    for (auto& answer : output.answers) {
        Packet packet;
        packet.kind = Packet::Kind::answer;
        packet.from = name();
        packet.to = client_name;
        packet.answer = std::move(answer);
        sent_.push_back(std::move(packet));
    }
    for (const auto& damage : output.damage) {
        if (violation_.empty()) violation_ = name() + ": " + damage;
    }
}

std::vector<Packet> CoordinatorNode::take_sent() {
    return std::exchange(sent_, {});
}

// ---- decision table ----------------------------------------------------------------------------

void TableNode::deliver(const Packet& packet) {
    const bool begins = packet.command.type == DecisionCommand::Type::begin;
    if (begins && ever_.size() >= max_transactions_) {
        auto tried = table_;
        if (tried.apply(packet.command).verdict == DecisionOutcome::Verdict::done) return;
    }
    Packet answer;
    answer.kind = Packet::Kind::outcome;
    answer.from = table_name;
    answer.to = packet.from;
    answer.command = packet.command;
    answer.outcome = table_.apply(packet.command);
    if (const auto& record = answer.outcome.record) {
        auto& ever = ever_[record->transaction.id];
        if (ever.transaction.id.empty()) ever.transaction = record->transaction;
        if (ever.decision != Decision::pending && ever.decision != record->decision) {
            violation_ = "the decision about " + record->transaction.id + " changes";
        }
        ever.decision = record->decision;
        ever.is_finished = ever.is_finished || record->is_finished();
    }
    sent_.push_back(std::move(answer));
}

void TableNode::list(const std::string& coordinator) {
    for (auto& record : table_.unfinished()) {
        Packet packet;
        packet.kind = Packet::Kind::listing;
        packet.from = table_name;
        packet.to = coordinator;
        packet.record = std::move(record);
        sent_.push_back(std::move(packet));
    }
}

std::vector<Packet> TableNode::take_sent() {
    return std::exchange(sent_, {});
}

}  // namespace gavel::two_phase::simulation
