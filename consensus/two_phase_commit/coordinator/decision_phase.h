#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "consensus/two_phase_commit/backoff.h"
#include "consensus/two_phase_commit/coordinator/coordinator_config.h"
#include "consensus/two_phase_commit/coordinator/coordinator_output.h"
#include "consensus/two_phase_commit/coordinator/voting_phase.h"
#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase::coordinator {

// The second half of a coordinator: has the decision written, and obeys what the record says
// then, which may be another coordinator's decision. Only after that it tells anybody: the client,
// and every participant until each has acknowledged. Then the transaction is finished.
//
// A value. After a crash, whoever finds the record goes on from it.
class DecisionPhase {
  public:
    // Hands a verdict to the decision table.
    void decide(Verdict verdict, std::int64_t now_us, const CoordinatorConfig& config,
                CoordinatorOutput& out);
    // The record is decided, here or elsewhere: goes on from there.
    void go_on(const DecisionRecord& record, const CoordinatorConfig& config,
               CoordinatorOutput& out);
    bool knows(const std::string& id) const { return open_.count(id) > 0; }

    // What became of `decide` and `forget`.
    void stored(const DecisionCommand& command, const DecisionOutcome& outcome,
                const CoordinatorConfig& config, CoordinatorOutput& out);
    void acknowledged(const Message& message, std::int64_t now_us, const CoordinatorConfig& config,
                      CoordinatorOutput& out);
    void tick(std::int64_t now_us, const CoordinatorConfig& config, CoordinatorOutput& out);

    // A client waits for what becomes of it. REQUIRES: knows(id).
    void client_waits(const std::string& id, const CoordinatorConfig& config,
                      CoordinatorOutput& out);
    // A participant asks for the decision: it is told, once there is one. REQUIRES: knows(id).
    void inquired(const Message& inquiry, const CoordinatorConfig& config, CoordinatorOutput& out);

    // Who has acknowledged what is told now. Empty for what is not known here.
    std::set<std::string> acknowledged_by(const std::string& id) const;

    // Tells one participant what the record says. REQUIRES: it is decided.
    static void tell(const DecisionRecord& record, const std::string& participant,
                     const CoordinatorConfig& config, CoordinatorOutput& out);

    auto operator<=>(const DecisionPhase&) const = default;

  private:
    struct Open {
        DecisionRecord record;    // as far as it is known
        DecisionCommand command;  // what is asked of the table, again and again, until it answers
        bool asks_table = false;
        bool is_decided = false;
        std::set<std::string> unacknowledged;
        std::map<std::string, std::string> results;
        bool client_waits = false;
        std::uint32_t tells_left = 0;  // of an abort
        Backoff resend;

        auto operator<=>(const Open&) const = default;
    };
    using Opens = std::map<std::string, Open>;

    static void ask_table(Open& open, DecisionCommand command, CoordinatorOutput& out);
    static void tell_all(Open& open, const CoordinatorConfig& config, CoordinatorOutput& out);
    static void answer_client(Open& open, const CoordinatorConfig& config, CoordinatorOutput& out);
    static bool everybody_knows(const Open& open);
    void maybe_forget(Opens::iterator open, std::int64_t now_us, CoordinatorOutput& out);

    Opens open_;  // by transaction
};

}  // namespace gavel::two_phase::coordinator
