#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/environment.h"
#include "common/http/url.h"

namespace gavel {

// What an operator says about one coordinator of two-phase commit.
struct CoordinatorSettings {
    struct Participant {
        std::string name;
        std::vector<ServiceURL> urls;  // one, or the nodes of a cluster
    };

    std::string name = "coordinator";
    std::uint16_t port = 9100;
    std::vector<Participant> participants;
    std::int64_t vote_time_ms = 2'000;
    std::string token;  // "" when there is none

    // Throws ConfigError in one sentence that names the variable.
    static CoordinatorSettings read(const Environment& environment);
};

}  // namespace gavel
