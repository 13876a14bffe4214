#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/two_phase/nodes.h"
#include "tests/simulation/two_phase/rules.h"

namespace gavel::two_phase::simulation {

// What happened in a run, or in several.
struct Counts {
    std::uint64_t steps = 0;
    std::uint64_t transactions = 0;
    std::uint64_t commits = 0;
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t crashes = 0;
    std::uint64_t records_refused = 0;
    std::uint64_t votes_refused = 0;

    void add(const Counts& other);
};

// A world too large to visit every state of it: more participants and coordinators, many
// transactions on a few auctions. A seed decides what happens next, at each step; the same seed
// gives the same run. The rules are checked after every step. Then all heals, but perhaps for a
// coordinator that stays dead, and everything must be decided and done, and a new transaction on
// each auction must be possible.
class RandomWorld {
  public:
    RandomWorld(std::uint64_t seed, bool trace);

    // The rule that was broken.
    std::optional<std::string> run();
    const Counts& counts() const { return counts_; }

  private:
    void one_step();
    void request();
    void travel();
    void let_time_pass();
    void finish_something();
    void crash_something();

    void deliver(const Packet& packet);
    void collect();
    void note(const Packet& packet);
    std::optional<std::string> check();
    std::optional<std::string> heal();
    void heal_one_round();
    void finish_all(std::size_t participant);
    bool is_healed() const;
    std::optional<std::string> check_new_transactions();

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool in_a_hundred(std::uint64_t times) { return below(100) < times; }
    void tell(const std::string& what) const;

    const std::uint64_t seed_;
    const bool trace_;
    std::mt19937_64 random_;
    std::int64_t now_us_ = 1'000'000;

    std::vector<std::string> participant_names_;
    std::vector<ParticipantNode> participants_;
    std::vector<CoordinatorNode> coordinators_;
    std::set<std::size_t> dead_;  // coordinators, for good
    TableNode table_;
    std::vector<Packet> network_;

    std::size_t auctions_ = 1;
    std::uint64_t loss_ = 0;       // in a hundred
    std::uint64_t doubling_ = 0;   // likewise
    std::uint64_t crashing_ = 0;   // likewise
    std::uint64_t full_disk_ = 0;  // likewise
    std::uint64_t refusing_ = 0;   // likewise
    std::uint64_t requests_ = 0;
    std::map<std::string, TransactionFacts> facts_;
    std::map<std::string, std::size_t> answered_;  // keys that a client was told a commit of
    Counts counts_;
};

}  // namespace gavel::two_phase::simulation
