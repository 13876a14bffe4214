#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "consensus/two_phase_commit/decision_command.h"

namespace gavel::two_phase {

// Where the decision table is kept: a file of this machine, or a replicated log that several
// coordinators share. Loop thread only. Callbacks run on the loop, exactly once, perhaps before
// the call returns.
class DecisionStore {
  public:
    virtual ~DecisionStore() = default;

    // Applies the command to the table. The outcome is handed over once it is durable, and no
    // later command can find the table without it (also a `look`: it sees every command whose
    // outcome anybody had before). Nothing instead: the store cannot tell; the command may have
    // taken effect, or still will.
    using Applied = std::function<void(std::optional<DecisionOutcome>)>;
    virtual void apply(DecisionCommand command, Applied done) = 0;

    // Records as they are or were a moment ago; nothing when the store does not answer.
    struct Listing {
        bool unfinished_only = false;  // then oldest first, else newest first
        std::int64_t before_us = 0;    // newest first: what began before; 0 begins at the newest
        std::size_t limit = 100;
    };
    using Listed = std::function<void(std::optional<std::vector<DecisionRecord>>)>;
    virtual void list(Listing what, Listed done) = 0;
};

}  // namespace gavel::two_phase
