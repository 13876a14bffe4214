// Explores two-phase commit: small worlds completely, larger ones by seeds. Says what was visited,
// or which rule was broken, how, and how to see it again.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>

#include "consensus/two_phase_commit/mutant.h"
#include "tests/simulation/two_phase/explorer.h"
#include "tests/simulation/two_phase/random_world.h"

namespace {

using gavel::two_phase::Mutant;
using gavel::two_phase::simulation::Counts;
using gavel::two_phase::simulation::Explorer;
using gavel::two_phase::simulation::RandomWorld;
using gavel::two_phase::simulation::Scenario;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t max_states = 60'000'000;

struct Options {
    bool explore = false;
    bool large = false;  // the scenarios that take minutes, too
    std::string scenario;
    std::uint64_t seeds = 1'000;
    std::uint64_t from = 1;
    std::uint64_t step = 1;  // of parallel jobs, each takes every so many-th seed
    std::optional<std::uint64_t> seed;
    bool trace = false;
    bool mutants = false;
    Mutant mutant = Mutant::none;
};

[[noreturn]] void usage() {
    std::fprintf(stderr,
                 "simulate_two_phase --explore [--large] [--scenario NAME]   every state\n"
                 "simulate_two_phase [--seeds N] [--from S] [--step K]       N seeds from S on\n"
                 "simulate_two_phase --seed S [--trace]      one, and tells what happens\n"
                 "simulate_two_phase --mutants [--seeds N]   plants each known bug: all must be\n"
                 "                                           caught, by states or by seeds\n"
                 "                   --mutant NAME           plants one\n");
    std::exit(2);
}

std::uint64_t number_of(const std::string& text) {
    std::size_t used = 0;
    std::uint64_t number = 0;
    try {
        number = std::stoull(text, &used);
    } catch (const std::exception&) {
        usage();
    }
    if (used != text.size()) usage();
    return number;
}

Mutant mutant_of(const std::string& name) {
    for (int m = 1; m < static_cast<int>(Mutant::count_); ++m) {
        if (name == name_of(static_cast<Mutant>(m))) return static_cast<Mutant>(m);
    }
    usage();
}

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        const auto value = [&]() -> std::string {
            if (++i >= count) usage();
            return arguments[i];
        };
        if (name == "--explore") {
            options.explore = true;
        } else if (name == "--large") {
            options.large = true;
        } else if (name == "--scenario") {
            options.scenario = value();
        } else if (name == "--seeds") {
            options.seeds = number_of(value());
        } else if (name == "--from") {
            options.from = number_of(value());
        } else if (name == "--step") {
            options.step = number_of(value());
        } else if (name == "--seed") {
            options.seed = number_of(value());
        } else if (name == "--trace") {
            options.trace = true;
        } else if (name == "--mutants") {
            options.mutants = true;
        } else if (name == "--mutant") {
            options.mutant = mutant_of(value());
        } else {
            usage();
        }
    }
    return options;
}

void plant(Mutant mutant) {
#ifdef GAVEL_TWO_PHASE_MUTANTS
    gavel::two_phase::planted_mutant = mutant;
#else
    if (mutant == Mutant::none) return;
    std::fprintf(stderr, "this build cannot plant bugs; simulate_two_phase_mutants can\n");
    std::exit(2);
#endif
}

unsigned long long counted(std::uint64_t value) {
    return value;
}

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string planted(Mutant mutant) {
    return mutant == Mutant::none ? "" : std::string(" --mutant ") + name_of(mutant);
}

int explore(const Options& options) {
    std::uint64_t states = 0;
    const auto begin = Clock::now();
    for (const auto& scenario : Scenario::all()) {
        if (options.scenario.empty() ? scenario.is_large && !options.large
                                     : scenario.name != options.scenario) {
            continue;
        }
        const auto its_begin = Clock::now();
        const auto result = Explorer(scenario, max_states).run();
        if (result.broken) {
            std::printf(
                "FAILED %s: %sreplay: scripts/simulate --two-phase --explore"
                " --scenario \"%s\"%s\n",
                scenario.name.c_str(), result.broken->c_str(), scenario.name.c_str(),
                planted(options.mutant).c_str());
            return 1;
        }
        std::printf("%s: %llu states by %llu steps, healed from %llu, %.1f s\n",
                    scenario.name.c_str(), counted(result.states), counted(result.steps),
                    counted(result.healed), seconds_since(its_begin));
        std::fflush(stdout);
        states += result.states;
    }
    std::printf("states %llu\nseconds %.1f\n", counted(states), seconds_since(begin));
    return 0;
}

// The rule that a seed broke.
std::optional<std::string> run_seed(std::uint64_t seed, bool trace, Counts& sum) {
    RandomWorld world(seed, trace);
    auto broken = world.run();
    sum.add(world.counts());
    return broken;
}

int run_seeds(const Options& options) {
    const auto begin = Clock::now();
    Counts sum;
    const auto from = options.seed.value_or(options.from);
    const auto seeds = options.seed ? 1 : options.seeds;
    for (std::uint64_t i = 0; i < seeds; ++i) {
        const auto seed = from + i * options.step;
        if (const auto broken = run_seed(seed, options.trace, sum)) {
            std::printf(
                "FAILED seed %llu %s\nreplay: scripts/simulate --two-phase --seed %llu"
                " --trace%s\n",
                counted(seed), broken->c_str(), counted(seed), planted(options.mutant).c_str());
            return 1;
        }
    }
    std::printf(
        "seeds %llu\nsteps %llu\nseconds %.2f\ntransactions %llu\ncommits %llu\n"
        "delivered %llu\nlost %llu\ndoubled %llu\ncrashes %llu\nrecords_refused %llu\n"
        "votes_refused %llu\n",
        counted(seeds), counted(sum.steps), seconds_since(begin), counted(sum.transactions),
        counted(sum.commits), counted(sum.delivered), counted(sum.lost), counted(sum.doubled),
        counted(sum.crashes), counted(sum.records_refused), counted(sum.votes_refused));
    return 0;
}

// By a state that can be reached, or else by a seed.
std::string catch_mutant(std::uint64_t seeds) {
    for (const auto& scenario : Scenario::all()) {
        if (scenario.is_large) continue;
        const auto result = Explorer(scenario, max_states).run();
        if (!result.broken) continue;
        const auto rule = result.broken->substr(0, result.broken->find('\n'));
        return "after " + std::to_string(result.states) + " states of \"" + scenario.name +
               "\": " + rule;
    }
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        Counts sum;
        if (const auto broken = run_seed(seed, false, sum)) {
            return "within " + std::to_string(seed) + " seeds: " + *broken;
        }
    }
    return "";
}

int run_mutants(const Options& options) {
    bool all = true;
    for (int m = 1; m < static_cast<int>(Mutant::count_); ++m) {
        const auto mutant = static_cast<Mutant>(m);
        if (options.mutant != Mutant::none && options.mutant != mutant) continue;
        plant(mutant);
        const auto how = catch_mutant(options.seeds);
        std::printf("%-28s %s%s\n", name_of(mutant), how.empty() ? "NOT CAUGHT" : "caught ",
                    how.c_str());
        std::fflush(stdout);
        all = all && !how.empty();
    }
    return all ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const auto options = parse(count, arguments);
    if (options.mutants) return run_mutants(options);
    plant(options.mutant);
    return options.explore ? explore(options) : run_seeds(options);
}
