#include "tests/simulation/two_phase/scenario.h"

namespace gavel::two_phase::simulation {

std::vector<std::string> Scenario::participant_names() const {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= participants; ++i) names.push_back("p" + std::to_string(i));
    return names;
}

std::vector<std::string> Scenario::coordinator_names() const {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= coordinators; ++i) names.push_back("c" + std::to_string(i));
    return names;
}

// Everything is repeated at each tick: no counters, so the number of states is finite.
ParticipantConfig Scenario::participant_config(std::size_t position) const {
    ParticipantConfig config;
    config.name = participant_names().at(position);
    config.coordinators = coordinator_names();
    config.ask_ticks = config.ask_ticks_max = 1;
    if (!remembers) config.max_finished = 0;
    return config;
}

CoordinatorConfig Scenario::coordinator_config(std::size_t position) const {
    CoordinatorConfig config;
    config.name = coordinator_names().at(position);
    config.participants = participant_names();
    config.answering = {config.participants.front()};
    config.vote_time_us = 100;
    config.resend_ticks = config.resend_ticks_max = 1;
    config.abort_tells = 1;
    return config;
}

DecisionTableLimits Scenario::table_limits() const {
    DecisionTableLimits limits;
    if (!remembers) limits.max_finished = 0;
    return limits;
}

std::vector<Scenario> Scenario::all() {
    // Participants, coordinators, requests, transactions; then the bound of crashes.
    return {
        {"three participants, one crash", 3, 1, 1, 1, 1, false, true, false},
        {"two participants", 2, 1, 1, 1, {}, false, true, false},
        {"two coordinators", 2, 2, 1, 1, 0, false, true, false},
        {"a participant, step by step", 1, 1, 1, 1, {}, true, true, true},
        {"two transactions on one auction", 1, 1, 2, 2, 1, true, true, true},
        {"a retried request", 2, 1, 1, 2, 1, false, true, false},
        {"nothing is remembered", 2, 1, 1, 1, {}, false, false, false},
        {"three participants, two crashes", 3, 1, 1, 1, 2, false, true, true},
        {"two participants, step by step", 2, 1, 1, 1, 1, true, true, true},
        {"two coordinators, one crash", 2, 2, 1, 1, 1, false, true, true},
    };
}

}  // namespace gavel::two_phase::simulation
