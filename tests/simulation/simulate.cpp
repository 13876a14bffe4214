// Runs seeds of the Raft simulation and says what they did, or which one failed and how to see it
// again.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>

#include "consensus/raft/mutant.h"
#include "tests/simulation/simulation.h"

namespace {

using gavel::raft::Mutant;
using gavel::simulation::Simulation;
using gavel::simulation::Statistics;

struct Options {
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
                 "simulate [--seeds N] [--from S] [--step K]   runs N seeds from S on\n"
                 "simulate --seed S [--trace]                  runs one, and tells what happens\n"
                 "simulate --mutants [--seeds N]               plants each known bug: all must be\n"
                 "                                             caught within N seeds\n"
                 "         --mutant NAME                       plants one\n");
    std::exit(2);
}

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        const auto value = [&]() -> std::string {
            if (++i >= count) usage();
            return arguments[i];
        };
        const auto number = [&] {
            const auto text = value();
            std::size_t used = 0;
            std::uint64_t parsed = 0;
            try {
                parsed = std::stoull(text, &used);
            } catch (const std::exception&) {
                usage();
            }
            if (used != text.size()) usage();
            return parsed;
        };
        if (name == "--seeds") {
            options.seeds = number();
        } else if (name == "--from") {
            options.from = number();
        } else if (name == "--step") {
            options.step = number();
        } else if (name == "--seed") {
            options.seed = number();
        } else if (name == "--trace") {
            options.trace = true;
        } else if (name == "--mutants") {
            options.mutants = true;
        } else if (name == "--mutant") {
            const auto wanted = value();
            for (int m = 0; m < static_cast<int>(Mutant::count_); ++m) {
                if (wanted == name_of(static_cast<Mutant>(m))) {
                    options.mutant = static_cast<Mutant>(m);
                }
            }
            if (options.mutant == Mutant::none) usage();
        } else {
            usage();
        }
    }
    return options;
}

void plant(Mutant mutant) {
#ifdef GAVEL_RAFT_MUTANTS
    gavel::raft::planted_mutant = mutant;
#else
    if (mutant == Mutant::none) return;
    std::fprintf(stderr, "this build cannot plant bugs; simulate_mutants can\n");
    std::exit(2);
#endif
}

void print(const Statistics& statistics, std::uint64_t seeds, double seconds) {
    const auto count = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "seeds %llu\nevents %llu\nsimulated_hours %.3f\nseconds %.2f\n"
        "seeds_a_minute %.0f\nmessages %llu\nlost %llu\nduplicated %llu\ncorrupted %llu\n"
        "elections_won %llu\nwrites %llu\nretries %llu\nreads %llu\nsnapshots %llu\n"
        "installs %llu\nmembership_changes %llu\n",
        count(seeds), count(statistics.events),
        static_cast<double>(statistics.simulated_us) / 3.6e9, seconds,
        static_cast<double>(seeds) * 60 / seconds, count(statistics.messages),
        count(statistics.lost), count(statistics.duplicated), count(statistics.corrupted),
        count(statistics.elections_won), count(statistics.writes), count(statistics.retries),
        count(statistics.reads), count(statistics.snapshots), count(statistics.installs),
        count(statistics.changes));
    for (const auto& [kind, times] : statistics.faults) {
        std::printf("fault %s: %llu\n", kind.c_str(), count(times));
    }
}

void print_failure(std::uint64_t seed, Mutant mutant, const std::string& what) {
    const auto number = std::to_string(seed);
    const auto planted =
        mutant == Mutant::none ? std::string() : std::string(" --mutant ") + name_of(mutant);
    std::printf("FAILED seed %s %s\nreplay: scripts/simulate --seed %s --trace%s\n", number.c_str(),
                what.c_str(), number.c_str(), planted.c_str());
}

int run_mutants(const Options& options) {
    bool all = true;
    for (int m = 1; m < static_cast<int>(Mutant::count_); ++m) {
        const auto mutant = static_cast<Mutant>(m);
        if (options.mutant != Mutant::none && options.mutant != mutant) continue;
        plant(mutant);
        bool caught = false;
        for (std::uint64_t tried = 1; tried <= options.seeds && !caught; ++tried) {
            const auto seed = options.from + tried - 1;
            if (const auto wrong = Simulation(seed, false).run()) {
                caught = true;
                std::printf("%-26s caught within %llu seeds: seed %llu %s\n", name_of(mutant),
                            static_cast<unsigned long long>(tried),
                            static_cast<unsigned long long>(seed), wrong->c_str());
            }
        }
        if (!caught) std::printf("%-26s NOT CAUGHT\n", name_of(mutant));
        std::fflush(stdout);
        all = all && caught;
    }
    return all ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const auto options = parse(count, arguments);
    if (options.mutants) return run_mutants(options);
    plant(options.mutant);
    const auto begin = std::chrono::steady_clock::now();
    Statistics sum;
    const auto from = options.seed.value_or(options.from);
    const auto seeds = options.seed ? 1 : options.seeds;
    for (std::uint64_t i = 0; i < seeds; ++i) {
        const auto seed = from + i * options.step;
        Simulation simulation(seed, options.trace);
        const auto wrong = simulation.run();
        sum.add(simulation.statistics());
        if (wrong) {
            print_failure(seed, options.mutant, *wrong);
            return 1;
        }
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    print(sum, seeds, taken.count());
    return 0;
}
