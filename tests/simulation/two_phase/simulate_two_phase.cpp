// Explores two-phase commit in small worlds completely, and says what was visited or which rule
// was broken and how.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "consensus/two_phase_commit/mutant.h"
#include "tests/simulation/two_phase/explorer.h"

int main(int count, char** arguments) {
    using namespace gavel::two_phase::simulation;
    const std::string only = count > 1 ? arguments[1] : "";
    for (const auto& scenario : Scenario::all()) {
        if (!only.empty() && scenario.name != only) continue;
        const auto begin = std::chrono::steady_clock::now();
        Explorer explorer(scenario, 40000000);
        const auto r = explorer.run();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        std::printf(
            "%s: %llu states, %llu steps, %llu healed, %llu node states, %llu packets, %.1f s\n",
            scenario.name.c_str(), (unsigned long long)r.states, (unsigned long long)r.steps,
            (unsigned long long)r.healed, (unsigned long long)r.node_states,
            (unsigned long long)r.packets, taken.count());
        if (r.broken) std::printf("BROKEN %s\n", r.broken->c_str());
        std::fflush(stdout);
    }
}
