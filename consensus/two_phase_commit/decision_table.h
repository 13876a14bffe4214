#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consensus/two_phase_commit/decision_command.h"
#include "consensus/two_phase_commit/decision_record.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {

// The limits of one table; tests have smaller ones.
struct DecisionTableLimits {
    std::size_t max_unfinished = limits::max_unfinished;
    std::size_t max_finished = limits::max_finished;
    std::int64_t keep_finished_us = limits::keep_finished_us;
    auto operator<=>(const DecisionTableLimits&) const = default;
};

// Every transaction's decision record, as a deterministic state machine: the same commands in the
// same order make the same table, whether one machine's disk keeps it or a replicated log. Several
// coordinators may work over one table: a record changes from PENDING once, by whoever is first,
// and everybody is told what won.
//
// A value; knows no clock, no thread and no disk. Time is the commands', and only goes forward.
class DecisionTable {
  public:
    using Limits = DecisionTableLimits;
    // What is to be kept beside the records.
    struct Clock {
        std::int64_t time_us = 0;        // the latest that a command has brought
        std::int64_t last_began_us = 0;  // of the newest transaction
        // Of the newest transaction that was forgotten. A `begin` that is no newer may be a late
        // copy of one that was carried out, and is refused.
        std::int64_t forgotten_us = 0;
        auto operator<=>(const Clock&) const = default;
    };

    explicit DecisionTable(const Limits& limits = {}) : limits_(limits) {}
    DecisionTable(const Limits& limits, const Clock& clock, std::vector<DecisionRecord> records);

    DecisionOutcome apply(const DecisionCommand& command);

    // Null when there is none. Valid until the next apply().
    const DecisionRecord* find(const std::string& id) const;
    // In the order in which they began; at most `limit`.
    std::vector<DecisionRecord> unfinished(std::size_t limit = limits::max_unfinished) const;
    // Newest first, from what began before `before_us` on.
    std::vector<DecisionRecord> newest(std::int64_t before_us, std::size_t limit) const;

    // For who stores record by record: a finished record below this position (finished_us,
    // began_us) was forgotten.
    using Position = std::pair<std::int64_t, std::int64_t>;
    Position oldest_finished() const;
    const Clock& clock() const { return clock_; }

    // The whole table; equal tables give equal bytes.
    std::string serialize() const;
    // Throws MalformedRecord.
    static DecisionTable deserialize(std::string_view bytes, const Limits& limits = {});

    auto operator<=>(const DecisionTable&) const = default;

  private:
    DecisionOutcome begin(const DecisionCommand& command);
    DecisionOutcome decide(const DecisionCommand& command);
    DecisionOutcome forget(const DecisionCommand& command);
    DecisionRecord* find_record(const std::string& id);
    void add(DecisionRecord record);
    void forget_oldest();

    Limits limits_;
    Clock clock_;
    std::map<std::int64_t, DecisionRecord> records_;  // by began_us
    // These say the same in other orders.
    std::map<std::string, std::int64_t> began_by_id_;
    std::map<std::string, std::int64_t> newest_of_key_;
    std::set<std::int64_t> unfinished_;
    std::set<Position> finished_;
};

}  // namespace gavel::two_phase
