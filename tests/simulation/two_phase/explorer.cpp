#include "tests/simulation/two_phase/explorer.h"

#include <algorithm>
#include <stdexcept>

namespace gavel::two_phase::simulation {
namespace {

constexpr std::int64_t early_us = 10;
constexpr std::int64_t late_us = 1'000;
constexpr int heal_rounds = 30;
constexpr const char* lock = "auction 7";

bool has(const std::array<std::uint64_t, 6>& packets, std::size_t number) {
    return ((packets[number / 64] >> (number % 64)) & 1) != 0;
}

// Texts that the nodes pass on and do not look at, and times: worlds that differ in these alone are
// one.
void leave_out_what_changes_nothing(Packet& packet) {
    auto& command = packet.command;
    command.now_us = early_us;
    command.votes.clear();
    command.facts.clear();
    command.refusal.reason.clear();
    command.refused_by.clear();
    auto& message = packet.message;
    message.facts.clear();
    message.all_facts.clear();
    message.result.clear();
    message.refusal.reason.clear();
}

}  // namespace

Explorer::Explorer(const Scenario& scenario, std::uint64_t max_states)
    : scenario_(scenario),
      max_states_(max_states),
      coordinator_names_(scenario.coordinator_names()),
      participant_names_(scenario.participant_names()) {}

Explorer::Result Explorer::run() {
    State first;
    first.table =
        tables_.number_of(TableNode(scenario_.table_limits(), scenario_.max_transactions));
    for (std::size_t i = 0; i < scenario_.coordinators; ++i) {
        first.coordinators[i] =
            coordinators_.number_of(CoordinatorNode(scenario_.coordinator_config(i)));
    }
    for (std::size_t i = 0; i < scenario_.participants; ++i) {
        first.participants[i] =
            participants_.number_of(ParticipantNode(scenario_.participant_config(i)));
    }
    for (std::size_t i = 0; i < scenario_.requests; ++i) {
        Packet request;
        request.kind = Packet::Kind::request;
        request.from = client_name;
        request.to = coordinator_names_.at(i % scenario_.coordinators);
        request.request.key = "k" + std::to_string(i + 1);
        request.request.transaction.kind = "close";
        request.request.transaction.lock = lock;
        const auto number = number_packet(std::move(request));
        first.sent[number / 64] |= std::uint64_t{1} << (number % 64);
    }

    Result result;
    std::vector<std::uint16_t> fresh;
    visited_.insert(first.hash());
    origins_.push_back({});
    frontier_.emplace_back(0, first);
    while (!frontier_.empty() && !result.broken) {
        const auto [number, state] = frontier_.front();
        frontier_.pop_front();
        for (const auto& event : events_of(state)) {
            State next = state;
            fresh.clear();
            apply(event, next, &fresh);
            ++steps_tried_;
            if (const auto broken = check_answers(next, fresh)) {
                origins_.push_back({number, event});
                result.broken = way_to(static_cast<std::uint32_t>(origins_.size() - 1), *broken);
                break;
            }
            if (!visited_.insert(next.hash())) continue;
            const auto next_number = static_cast<std::uint32_t>(origins_.size());
            origins_.push_back({number, event});
            if (const auto broken = check(next)) {
                result.broken = way_to(next_number, *broken);
                break;
            }
            if (origins_.size() > max_states_) {
                result.broken = "more than " + std::to_string(max_states_) + " states";
                break;
            }
            frontier_.emplace_back(next_number, next);
        }
    }
    result.states = visited_.size();
    result.steps = steps_tried_;
    result.healed = healed_.size();
    result.node_states = tables_.size() + coordinators_.size() + participants_.size();
    result.packets = packets_.size();
    return result;
}

StateSet::Hash Explorer::State::hash_of_nodes() const {
    StateSet::Hasher hasher;
    hasher.add(table);
    for (const auto number : coordinators) hasher.add(number);
    for (const auto number : participants) hasher.add(number);
    return hasher.hash();
}

StateSet::Hash Explorer::State::hash() const {
    StateSet::Hasher hasher;
    hasher.add((std::uint64_t{table} << 32) | (std::uint64_t{crashes} << 1) | (is_late ? 1 : 0));
    for (const auto number : coordinators) hasher.add(number);
    for (const auto number : participants) hasher.add(number);
    for (const auto word : sent) hasher.add(word);
    return hasher.hash();
}

// ---- steps -------------------------------------------------------------------------------------

std::vector<Explorer::Event> Explorer::events_of(const State& state) const {
    std::vector<Event> events;
    const bool may_crash = !scenario_.max_crashes || state.crashes < *scenario_.max_crashes;
    for (std::uint16_t packet = 0; packet < packets_.size(); ++packet) {
        const auto& receiver = receivers_[packet];
        if (receiver.travel != Travel::later || !has(state.sent, packet)) continue;
        events.push_back({Action::deliver, receiver.role, receiver.position, packet});
        const bool asks_for_vote = packets_.at(packet).message.transaction.has_value();
        if (!asks_for_vote || scenario_.small_steps) continue;
        events.push_back({Action::deliver_refusing, receiver.role, receiver.position, packet});
    }
    for (std::uint8_t i = 0; i < scenario_.coordinators; ++i) {
        events.push_back({Action::tick, Role::coordinator, i, 0});
        if (may_crash) events.push_back({Action::crash, Role::coordinator, i, 0});
        events.push_back({Action::list, Role::table, 0, i});
    }
    for (std::uint8_t i = 0; i < scenario_.participants; ++i) {
        const auto& node = participants_.at(state.participants[i]);
        events.push_back({Action::tick, Role::participant, i, 0});
        if (may_crash) events.push_back({Action::crash, Role::participant, i, 0});
        if (!node.waiting_records().empty()) {
            events.push_back({Action::record, Role::participant, i, 0});
        }
        const auto& effects = node.waiting_effects();
        for (std::uint16_t effect = 0; effect < effects.size(); ++effect) {
            events.push_back({Action::agree, Role::participant, i, effect});
            if (effects[effect].type == Effect::Type::prepare) {
                events.push_back({Action::refuse, Role::participant, i, effect});
            }
        }
    }
    if (!state.is_late) events.push_back({Action::time_is_over, Role::nobody, 0, 0});
    return events;
}

Explorer::Number& Explorer::node_of(const Event& event, State& state) const {
    switch (event.role) {
        case Role::coordinator: return state.coordinators.at(event.position);
        case Role::participant: return state.participants.at(event.position);
        default: return state.table;
    }
}

void Explorer::apply(const Event& event, State& state, std::vector<std::uint16_t>* fresh) {
    if (event.action == Action::time_is_over) {
        state.is_late = true;
        return;
    }
    if (event.action == Action::crash && scenario_.max_crashes) ++state.crashes;
    auto& node = node_of(event, state);
    const auto done = step(event, node, state.is_late);
    node = done.node;
    for (const auto packet : done.sent) {
        const auto receiver = receivers_[packet];
        if (receiver.travel == Travel::at_once) {
            apply({Action::deliver, receiver.role, receiver.position, packet}, state, fresh);
            continue;
        }
        if (receiver.travel == Travel::later) {
            state.sent[packet / 64] |= std::uint64_t{1} << (packet % 64);
        }
        fresh->push_back(packet);
    }
}

const Explorer::Step& Explorer::step(const Event& event, Number node, bool is_late) {
    const bool needs_time = event.role == Role::coordinator && is_late;
    const std::uint64_t key = (std::uint64_t{node} << 32) |
                              (static_cast<std::uint64_t>(event.role) << 24) |
                              (static_cast<std::uint64_t>(event.action) << 20) |
                              (std::uint64_t{needs_time} << 16) | event.argument;
    const auto known = steps_.find(key);
    if (known != steps_.end()) return known->second;
    Step made;
    switch (event.role) {
        case Role::coordinator: made = coordinator_step(event, node, is_late); break;
        case Role::participant: made = participant_step(event, node); break;
        default: made = table_step(event, node); break;
    }
    return steps_.emplace(key, std::move(made)).first->second;
}

Explorer::Step Explorer::table_step(const Event& event, Number node) {
    TableNode table = tables_.at(node);
    if (event.action == Action::list) {
        table.list(coordinator_names_.at(event.argument));
    } else {
        table.deliver(packets_.at(event.argument));
    }
    auto sent = number_all(table.take_sent());
    return {tables_.number_of(table), std::move(sent)};
}

Explorer::Step Explorer::coordinator_step(const Event& event, Number node, bool is_late) {
    CoordinatorNode coordinator = coordinators_.at(node);
    const auto now_us = is_late ? late_us : early_us;
    switch (event.action) {
        case Action::deliver: coordinator.deliver(packets_.at(event.argument), now_us); break;
        case Action::tick: coordinator.tick(now_us); break;
        default: coordinator.crash(); break;
    }
    auto sent = number_all(coordinator.take_sent());
    return {coordinators_.number_of(coordinator), std::move(sent)};
}

Explorer::Step Explorer::participant_step(const Event& event, Number node) {
    ParticipantNode participant = participants_.at(node);
    switch (event.action) {
        case Action::deliver:
        case Action::deliver_refusing:
            participant.deliver(packets_.at(event.argument).message);
            break;
        case Action::tick: participant.tick(); break;
        case Action::record: participant.finish_record(true); break;
        case Action::agree: participant.finish_effect(event.argument, true); break;
        case Action::refuse: participant.finish_effect(event.argument, false); break;
        default: participant.crash(); break;
    }
    if (!scenario_.small_steps) {
        finish_small_steps(participant, event.action != Action::deliver_refusing);
    }
    auto sent = number_all(participant.take_sent());
    return {participants_.number_of(participant), std::move(sent)};
}

std::vector<std::uint16_t> Explorer::number_all(std::vector<Packet> packets) {
    std::vector<std::uint16_t> numbers;
    for (auto& packet : packets) numbers.push_back(number_packet(std::move(packet)));
    return numbers;
}

std::uint16_t Explorer::number_packet(Packet packet) {
    leave_out_what_changes_nothing(packet);
    const auto known = packets_.size();
    const auto number = packets_.number_of(packet);
    if (number == known) {
        receivers_.push_back(receiver_of(packet));
        const bool is_request = packet.message.type == MessageType::vote_request;
        if (packet.kind == Packet::Kind::message && !is_request) {
            telling_.push_back(static_cast<std::uint16_t>(number));
        }
    }
    if (number >= packet_words * 64) throw std::length_error("too many different packets");
    return static_cast<std::uint16_t>(number);
}

Explorer::Receiver Explorer::receiver_of(const Packet& packet) const {
    Receiver receiver;
    const auto find = [&](const std::vector<std::string>& names, Role role) {
        const auto found = std::find(names.begin(), names.end(), packet.to);
        if (found == names.end()) return;
        receiver = {role, static_cast<std::uint8_t>(found - names.begin()), Travel::later};
    };
    find(coordinator_names_, Role::coordinator);
    find(participant_names_, Role::participant);
    if (packet.to == table_name) receiver = {Role::table, 0, Travel::later};
    const auto type = packet.message.type;
    const bool is_message = packet.kind == Packet::Kind::message;
    if (is_message && type == MessageType::pending) receiver.travel = Travel::nowhere;
    if (packet.kind == Packet::Kind::listing) receiver.travel = Travel::at_once;
    // An inquiry that is lost, or late, is one that is made later. An outcome that is lost is one
    // of a command that a crashed coordinator had sent.
    const bool looks =
        packet.kind == Packet::Kind::command && packet.command.type == DecisionCommand::Type::look;
    const bool is_outcome = packet.kind == Packet::Kind::outcome;
    const bool inquires = is_message && type == MessageType::inquiry;
    if (!scenario_.small_steps && (looks || is_outcome || inquires)) {
        receiver.travel = Travel::at_once;
    }
    return receiver;
}

// What the service does is no step of its own.
void Explorer::finish_small_steps(ParticipantNode& node, bool agrees) const {
    while (!node.waiting_effects().empty()) node.finish_effect(0, agrees);
}

// ---- checks ------------------------------------------------------------------------------------

std::optional<std::string> Explorer::check_answers(const State& state,
                                                   const std::vector<std::uint16_t>& fresh) const {
    for (const auto packet : fresh) {
        const auto& sent = packets_.at(packet);
        if (sent.kind != Packet::Kind::answer) continue;
        const auto& id = sent.answer.record.transaction.id;
        const auto& ever = tables_.at(state.table).ever();
        const auto found = ever.find(id);
        if (found == ever.end()) continue;
        TransactionFacts facts;
        facts.id = id;
        facts.decision = found->second.decision;
        note_packet(sent, participant_names_, facts);
        if (auto broken = broken_rule(facts)) return broken;
    }
    return std::nullopt;
}

std::optional<std::string> Explorer::check(const State& state) {
    const auto& table = tables_.at(state.table);
    if (!table.violation().empty()) return table.violation();
    for (std::size_t i = 0; i < scenario_.coordinators; ++i) {
        const auto& wrong = coordinators_.at(state.coordinators[i]).violation();
        if (!wrong.empty()) return wrong;
    }
    for (std::size_t i = 0; i < scenario_.participants; ++i) {
        const auto& wrong = participants_.at(state.participants[i]).violation();
        if (!wrong.empty()) return wrong;
    }
    for (const auto& [id, ever] : table.ever()) {
        TransactionFacts facts;
        facts.id = id;
        facts.decision = ever.decision;
        facts.finished = ever.is_finished;
        for (std::size_t i = 0; i < scenario_.participants; ++i) {
            facts.participants.push_back(
                facts_at(participants_.at(state.participants[i]), ever.transaction));
        }
        for (const auto packet : telling_) {
            if (has(state.sent, packet)) {
                note_packet(packets_.at(packet), participant_names_, facts);
            }
        }
        if (auto broken = broken_rule(facts)) return broken;
    }
    if (!healed_.insert(state.hash_of_nodes())) return std::nullopt;
    if (auto broken = heal(state, std::nullopt)) return broken;
    for (std::size_t i = 0; scenario_.coordinators > 1 && i < scenario_.coordinators; ++i) {
        if (auto broken = heal(state, i)) return broken;
    }
    return std::nullopt;
}

// Whatever is under way is lost; from here on nothing is.
std::optional<std::string> Explorer::heal(State state, std::optional<std::size_t> only) {
    state.is_late = true;
    std::vector<std::uint16_t> fresh;
    const auto lives = [&](Role role, std::size_t position) {
        return role != Role::coordinator || !only || position == *only;
    };
    const auto finish_work = [&] {
        for (std::uint8_t i = 0; i < scenario_.participants; ++i) {
            for (;;) {
                const auto& node = participants_.at(state.participants[i]);
                if (!node.waiting_effects().empty()) {
                    apply({Action::agree, Role::participant, i, 0}, state, &fresh);
                } else if (!node.waiting_records().empty()) {
                    apply({Action::record, Role::participant, i, 0}, state, &fresh);
                } else {
                    break;
                }
            }
        }
    };
    for (int round = 0; round < heal_rounds; ++round) {
        finish_work();
        if (is_healed(state)) return std::nullopt;
        for (std::uint8_t i = 0; i < scenario_.participants; ++i) {
            apply({Action::tick, Role::participant, i, 0}, state, &fresh);
        }
        for (std::uint8_t i = 0; i < scenario_.coordinators; ++i) {
            if (!lives(Role::coordinator, i)) continue;
            apply({Action::tick, Role::coordinator, i, 0}, state, &fresh);
            apply({Action::list, Role::table, 0, i}, state, &fresh);
        }
        for (std::size_t next = 0; next < fresh.size(); ++next) {
            const auto receiver = receivers_[fresh[next]];
            if (receiver.travel != Travel::later || !lives(receiver.role, receiver.position)) {
                continue;
            }
            apply({Action::deliver, receiver.role, receiver.position, fresh[next]}, state, &fresh);
            finish_work();
        }
        fresh.clear();
    }
    return "no progress: " + std::to_string(heal_rounds) +
           " rounds without faults, and something is still open" +
           (only ? " (only " + coordinator_names_.at(*only) + " lives)" : "");
}

bool Explorer::is_healed(const State& state) const {
    const auto& table = tables_.at(state.table);
    if (!table.table().unfinished().empty()) return false;
    for (std::size_t i = 0; i < scenario_.participants; ++i) {
        const auto& node = participants_.at(state.participants[i]);
        if (node.core().open() > 0 || node.holds_anything()) return false;
        for (const auto& [id, ever] : table.ever()) {
            if (ever.decision == Decision::commit && !node.has_committed(id)) return false;
        }
    }
    return true;
}

// ---- telling -----------------------------------------------------------------------------------

std::string Explorer::describe(const Event& event) const {
    std::string who = event.role == Role::coordinator   ? coordinator_names_.at(event.position)
                      : event.role == Role::participant ? participant_names_.at(event.position)
                                                        : "the table";
    switch (event.action) {
        case Action::deliver: return "arrives: " + packets_.at(event.argument).describe();
        case Action::deliver_refusing:
            return "arrives, and is refused: " + packets_.at(event.argument).describe();
        case Action::tick: return who + ": tick";
        case Action::crash: return who + " crashes and starts again";
        case Action::record: return who + ": a record is on disk";
        case Action::agree: return who + ": the service has done it";
        case Action::refuse: return who + ": the service refuses";
        case Action::list:
            return coordinator_names_.at(event.argument) + " asks what is unfinished";
        case Action::time_is_over: return "every deadline is over";
    }
    return who;
}

std::string Explorer::way_to(std::uint32_t state, const std::string& broken) const {
    std::vector<Event> way;
    for (; state != 0; state = origins_[state].state) way.push_back(origins_[state].event);
    std::string text = broken + "\n";
    for (auto event = way.rbegin(); event != way.rend(); ++event) {
        text += "    " + describe(*event) + "\n";
    }
    return text;
}

}  // namespace gavel::two_phase::simulation
