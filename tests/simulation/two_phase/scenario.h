#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/coordinator/coordinator_config.h"
#include "consensus/two_phase_commit/decision_table.h"
#include "consensus/two_phase_commit/participant/participant_config.h"

namespace gavel::two_phase::simulation {

// A world small enough to visit every state of it.
struct Scenario {
    std::string name;
    std::size_t participants = 3;
    std::size_t coordinators = 1;
    std::size_t requests = 1;  // of clients, all for one auction; each to another coordinator
    std::size_t max_transactions = 1;
    std::optional<std::uint32_t> max_crashes;  // of all nodes together; nothing: no bound
    // The service's own doings take time and may be interrupted, inquiries travel like all else.
    // Without it they are part of the step that causes them.
    bool small_steps = true;
    bool remembers = true;  // else whatever is finished is forgotten at once
    bool is_large = false;  // takes minutes

    std::vector<std::string> participant_names() const;
    std::vector<std::string> coordinator_names() const;
    ParticipantConfig participant_config(std::size_t position) const;
    CoordinatorConfig coordinator_config(std::size_t position) const;
    DecisionTableLimits table_limits() const;

    static std::vector<Scenario> all();
};

}  // namespace gavel::two_phase::simulation
