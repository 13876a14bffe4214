#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {

// The settings of one participant. A tick is whatever its driver makes it.
struct ParticipantConfig {
    std::string name;
    std::vector<std::string> coordinators;  // who is asked, in turn, when in doubt
    // Asks after so many ticks of silence, and then after twice as many each time, up to the
    // maximum.
    std::uint32_t ask_ticks = 20;
    std::uint32_t ask_ticks_max = 100;

    std::size_t max_open = limits::max_open;
    std::size_t max_finished = limits::max_finished;

    auto operator<=>(const ParticipantConfig&) const = default;
};

}  // namespace gavel::two_phase
