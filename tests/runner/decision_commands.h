#pragma once

#include <cstdint>
#include <string>

#include "consensus/two_phase_commit/decision_command.h"

namespace gavel {

// Commands of the decision table, short to write.

inline two_phase::DecisionCommand begin_decision(const std::string& key, std::int64_t now_us) {
    two_phase::DecisionCommand command;
    command.type = two_phase::DecisionCommand::Type::begin;
    command.now_us = now_us;
    command.transaction.kind = "close";
    command.transaction.payload = R"({"auction_id":"7"})";
    command.transaction.lock = "auction 7";
    command.transaction.participants = {"auction_service", "history_service"};
    command.key = key;
    command.fingerprint = "f";
    command.vote_time_us = 2'000'000;
    return command;
}

inline two_phase::DecisionCommand decide(const std::string& id, two_phase::Decision decision,
                                         std::int64_t now_us) {
    two_phase::DecisionCommand command;
    command.type = two_phase::DecisionCommand::Type::decide;
    command.now_us = now_us;
    command.id = id;
    command.decision = decision;
    return command;
}

inline two_phase::DecisionCommand forget_decision(const std::string& id, std::int64_t now_us) {
    two_phase::DecisionCommand command;
    command.type = two_phase::DecisionCommand::Type::forget;
    command.now_us = now_us;
    command.id = id;
    return command;
}

}  // namespace gavel
