#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "consensus/two_phase_commit/backoff.h"
#include "consensus/two_phase_commit/coordinator/coordinator_config.h"
#include "consensus/two_phase_commit/coordinator/coordinator_output.h"
#include "consensus/two_phase_commit/coordinator/decision_phase.h"
#include "consensus/two_phase_commit/coordinator/voting_phase.h"
#include "consensus/two_phase_commit/decision_command.h"
#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase {

// One coordinator of two-phase commit (doc.h tells the whole story). Several may work over one
// decision table, also on the same transaction: what they send and write can be repeated, and the
// first decision that is written is the one of all.
//
// A value; no I/O, no clock, no threads. `now_us` is Unix time, and only decides how soon a
// transaction is given up. After any call, take_output() has what is to be done.
class Coordinator {
  public:
    explicit Coordinator(const CoordinatorConfig& config) : config_(config) {}

    // What a client wants. `transaction` has kind, payload and lock.
    struct Request {
        std::string key;  // requests with the same one are the same request
        std::string fingerprint;
        Transaction transaction;

        auto operator<=>(const Request&) const = default;
    };
    // The answer comes in CoordinatorOutput::answers, to all who asked under this key.
    void begin(Request request, std::int64_t now_us);

    void step(const Message& message, std::int64_t now_us);
    // The decision table has answered.
    void stored(const DecisionCommand& command, const DecisionOutcome& outcome,
                std::int64_t now_us);
    // It has not, and will not.
    void not_stored(const DecisionCommand& command);
    void tick(std::int64_t now_us);
    // A record that was found unfinished, at a start or later: another coordinator may have left
    // it so. What is open for votes is left to who opened it, until its deadline.
    void take_over(const DecisionRecord& record, std::int64_t now_us);

    CoordinatorOutput take_output();

    const CoordinatorConfig& config() const { return config_; }
    // What this coordinator knows beyond the record. Empty for what it does not know.
    std::map<std::string, bool> votes(const std::string& id) const { return voting_.votes(id); }
    std::set<std::string> acknowledged_by(const std::string& id) const {
        return decision_.acknowledged_by(id);
    }

    // The output is not compared: it is taken after each call.
    bool operator==(const Coordinator& other) const { return (*this <=> other) == 0; }
    std::strong_ordering operator<=>(const Coordinator& other) const;

  private:
    struct Opening {
        DecisionCommand command;
        std::int64_t give_up_us = 0;
        Backoff resend;
        auto operator<=>(const Opening&) const = default;
    };

    void begun(const DecisionCommand& command, const DecisionOutcome& outcome, std::int64_t now_us);
    void attach(const DecisionRecord& record, std::int64_t now_us);
    void looked_up(const DecisionCommand& command, const DecisionOutcome& outcome,
                   std::int64_t now_us);
    void inquired(const Message& message, std::int64_t now_us);
    void tell_pending(const std::string& id, const std::string& participant);
    void hand_over(coordinator::Verdict verdict, std::int64_t now_us);
    void answer(const std::string& key, ClientAnswer::Kind kind, const DecisionRecord& record);

    CoordinatorConfig config_;
    coordinator::VotingPhase voting_;
    coordinator::DecisionPhase decision_;
    std::map<std::string, Opening> openings_;                 // by key: not begun yet
    std::set<std::string> clients_wait_;                      // transactions open for votes
    std::map<std::string, std::set<std::string>> inquirers_;  // by transaction, looked up
    CoordinatorOutput out_;
};

}  // namespace gavel::two_phase
