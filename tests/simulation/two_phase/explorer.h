#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/simulation/two_phase/nodes.h"
#include "tests/simulation/two_phase/rules.h"
#include "tests/simulation/two_phase/scenario.h"
#include "tests/simulation/two_phase/state_set.h"

namespace gavel::two_phase::simulation {

// Values that were met, each with a small number of its own.
template <class Value>
class Numbered {
  public:
    std::uint32_t number_of(const Value& value) {
        const auto [entry, is_new] =
            numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
        if (is_new) values_.push_back(&entry->first);
        return entry->second;
    }
    const Value& at(std::uint32_t number) const { return *values_.at(number); }
    std::size_t size() const { return values_.size(); }

  private:
    std::map<Value, std::uint32_t> numbers_;
    std::vector<const Value*> values_;
};

// Visits every state that a scenario can reach, breadth first, so that a failure is told by a
// shortest way to it.
//
// The nodes are the production cores. What was ever sent may arrive at any later time, in any
// order, any number of times, or never: so loss, duplication, delay and reordering have no bound.
// Between any two steps of a node it may crash, as often as the scenario has it: a step is one
// message, one tick, one record on disk, one thing done by the service.
//
// From each state the world is also healed: messages arrive, nobody crashes, time passes. Then
// everything must be decided, done everywhere and let go of within a few rounds; with several
// coordinators, also when only one of them lives.
class Explorer {
  public:
    struct Result {
        std::uint64_t states = 0;
        std::uint64_t steps = 0;   // from one state to another, tried
        std::uint64_t healed = 0;  // different states of nodes from which healing was tried
        std::uint64_t node_states = 0;
        std::uint64_t packets = 0;
        std::optional<std::string> broken;  // the rule, and how it came to that
    };

    Explorer(const Scenario& scenario, std::uint64_t max_states);

    Result run();

  private:
    static constexpr std::size_t max_nodes = 4;
    static constexpr std::size_t packet_words = 6;
    using Packets = std::array<std::uint64_t, packet_words>;
    using Number = std::uint32_t;

    // Everything about one moment, by the numbers of its parts.
    struct State {
        Number table = 0;
        std::array<Number, max_nodes> coordinators{};
        std::array<Number, max_nodes> participants{};
        bool is_late = false;       // every deadline is over
        std::uint32_t crashes = 0;  // if they are bounded
        Packets sent{};

        StateSet::Hash hash() const;
        StateSet::Hash hash_of_nodes() const;
    };
    // What a node does, in one of its states, at one input. Computed once, by the real code.
    struct Step {
        Number node = 0;
        std::vector<std::uint16_t> sent;
    };
    enum class Action : std::uint8_t {
        deliver,
        deliver_refusing,  // the same; if the service is asked for a vote, it votes to abort
        tick,
        crash,
        record,        // the participant's disk has written the next record
        agree,         // the service has done an effect; prepares, if it is that
        refuse,        // the service votes to abort
        list,          // the coordinator looks for what is unfinished
        time_is_over,  // all deadlines are
    };
    enum class Role : std::uint8_t { table, coordinator, participant, nobody };
    struct Event {
        Action action = Action::deliver;
        Role role = Role::nobody;
        std::uint8_t position = 0;   // which of that role
        std::uint16_t argument = 0;  // packet, effect, or which coordinator lists
    };

    // How a packet reaches its receiver.
    enum class Travel : std::uint8_t {
        later,    // at any time, any number of times, or never
        at_once,  // when it is sent
        nowhere,  // it changes nothing
    };
    struct Receiver {
        Role role = Role::nobody;
        std::uint8_t position = 0;
        Travel travel = Travel::nowhere;
    };

    std::vector<Event> events_of(const State& state) const;
    void apply(const Event& event, State& state, std::vector<std::uint16_t>* fresh);
    const Step& step(const Event& event, Number node, bool is_late);
    Step table_step(const Event& event, Number node);
    Step coordinator_step(const Event& event, Number node, bool is_late);
    Step participant_step(const Event& event, Number node);
    std::vector<std::uint16_t> number_all(std::vector<Packet> packets);
    std::uint16_t number_packet(Packet packet);
    Number& node_of(const Event& event, State& state) const;

    Receiver receiver_of(const Packet& packet) const;
    void finish_small_steps(ParticipantNode& node, bool agrees) const;

    std::optional<std::string> check_answers(const State& state,
                                             const std::vector<std::uint16_t>& fresh) const;
    std::optional<std::string> check(const State& state);
    std::optional<std::string> heal(State state, std::optional<std::size_t> only_coordinator);
    bool is_healed(const State& state) const;
    std::string describe(const Event& event) const;
    std::string way_to(std::uint32_t state, const std::string& broken) const;

    const Scenario scenario_;
    const std::uint64_t max_states_;
    const std::vector<std::string> coordinator_names_;
    const std::vector<std::string> participant_names_;

    Numbered<TableNode> tables_;
    Numbered<CoordinatorNode> coordinators_;
    Numbered<ParticipantNode> participants_;
    Numbered<Packet> packets_;
    std::vector<Receiver> receivers_;     // of packets
    std::vector<std::uint16_t> telling_;  // packets that the rules speak about
    std::unordered_map<std::uint64_t, Step> steps_;

    StateSet visited_;
    StateSet healed_;
    std::deque<std::pair<std::uint32_t, State>> frontier_;
    struct Origin {
        std::uint32_t state = 0;
        Event event;
    };
    std::vector<Origin> origins_;
    std::uint64_t steps_tried_ = 0;
};

}  // namespace gavel::two_phase::simulation
