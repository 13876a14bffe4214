#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace gavel::two_phase {

// The settings of one coordinator. A tick is whatever its driver makes it.
struct CoordinatorConfig {
    std::string name = "coordinator";
    std::vector<std::string> participants;  // of every transaction that begins here
    // The client hears of a commit when these have done it: what they acknowledged with is its
    // answer.
    std::vector<std::string> answering;
    std::int64_t vote_time_us = 2'000'000;
    // What is not answered is sent again after so many ticks, and then after twice as many each
    // time, up to the maximum.
    std::uint32_t resend_ticks = 2;
    std::uint32_t resend_ticks_max = 40;
    // An abort is sent so often: who does not hear it will ask.
    std::uint32_t abort_tells = 3;

    auto operator<=>(const CoordinatorConfig&) const = default;
};

}  // namespace gavel::two_phase
