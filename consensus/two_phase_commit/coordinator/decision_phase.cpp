#include "consensus/two_phase_commit/coordinator/decision_phase.h"

#include <algorithm>
#include <utility>

#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase::coordinator {

void DecisionPhase::decide(Verdict verdict, std::int64_t now_us, const CoordinatorConfig& config,
                           CoordinatorOutput& out) {
    auto [open, is_new] = open_.try_emplace(verdict.transaction.id);
    if (!is_new) return;
    auto& record = open->second.record;
    record.transaction = std::move(verdict.transaction);
    open->second.resend = Backoff(config.resend_ticks, config.resend_ticks_max);
    verdict.command.now_us = now_us;
    if (mutated(Mutant::commit_before_durable) && verdict.command.decision == Decision::commit) {
        auto early = record;
        early.decision = Decision::commit;
        early.facts = verdict.command.facts;
        for (const auto& participant : record.transaction.participants) {
            tell(early, participant, config, out);
        }
    }
    ask_table(open->second, std::move(verdict.command), out);
}

void DecisionPhase::go_on(const DecisionRecord& record, const CoordinatorConfig& config,
                          CoordinatorOutput& out) {
    auto& open = open_[record.transaction.id];
    if (open.is_decided) return;
    open.record = record;
    open.is_decided = true;
    open.asks_table = false;
    open.command = {};
    open.resend = Backoff(config.resend_ticks, config.resend_ticks_max);
    open.tells_left = config.abort_tells;
    // What is finished is told only those again who have the client's answer.
    const auto& whom = record.is_finished() ? config.answering : record.transaction.participants;
    open.unacknowledged.insert(whom.begin(), whom.end());
    tell_all(open, config, out);
    answer_client(open, config, out);
}

void DecisionPhase::stored(const DecisionCommand& command, const DecisionOutcome& outcome,
                           const CoordinatorConfig& config, CoordinatorOutput& out) {
    const auto found = open_.find(command.id);
    if (found == open_.end()) return;
    const auto& record = outcome.record;
    // Finished, by this coordinator or another one: then everybody knows the decision.
    const bool is_over = command.type == DecisionCommand::Type::forget || !record ||
                         (record->is_finished() && !found->second.client_waits);
    if (is_over) {
        open_.erase(found);
    } else if (record->decision != Decision::pending) {
        go_on(*record, config, out);
    }
}

void DecisionPhase::acknowledged(const Message& message, std::int64_t now_us,
                                 const CoordinatorConfig& config, CoordinatorOutput& out) {
    const auto found = open_.find(message.id);
    if (found == open_.end() || !found->second.is_decided) return;
    auto& open = found->second;
    if (open.unacknowledged.erase(message.from) == 0) return;
    if (std::count(config.answering.begin(), config.answering.end(), message.from) > 0) {
        open.results[message.from] = message.result;
    }
    answer_client(open, config, out);
    maybe_forget(found, now_us, out);
}

void DecisionPhase::tick(std::int64_t now_us, const CoordinatorConfig& config,
                         CoordinatorOutput& out) {
    for (auto next = open_.begin(); next != open_.end();) {
        const auto current = next++;
        auto& open = current->second;
        if (!open.resend.is_due()) continue;
        if (open.asks_table) {
            out.commands.push_back(open.command);
        } else {
            tell_all(open, config, out);
            maybe_forget(current, now_us, out);
        }
    }
}

void DecisionPhase::client_waits(const std::string& id, const CoordinatorConfig& config,
                                 CoordinatorOutput& out) {
    auto& open = open_.at(id);
    open.client_waits = true;
    if (open.is_decided) answer_client(open, config, out);
}

void DecisionPhase::inquired(const Message& inquiry, const CoordinatorConfig& config,
                             CoordinatorOutput& out) {
    const auto& open = open_.at(inquiry.id);
    if (open.is_decided) tell(open.record, inquiry.from, config, out);
}

std::set<std::string> DecisionPhase::acknowledged_by(const std::string& id) const {
    const auto found = open_.find(id);
    if (found == open_.end() || !found->second.is_decided) return {};
    const auto& open = found->second;
    std::set<std::string> names;
    for (const auto& participant : open.record.transaction.participants) {
        if (open.unacknowledged.count(participant) == 0) names.insert(participant);
    }
    return names;
}

void DecisionPhase::tell(const DecisionRecord& record, const std::string& participant,
                         const CoordinatorConfig& config, CoordinatorOutput& out) {
    const bool commits = record.decision == Decision::commit;
    Message message;
    message.type = commits ? MessageType::global_commit : MessageType::global_abort;
    message.from = config.name;
    message.to = participant;
    message.id = record.transaction.id;
    message.began_us = record.transaction.began_us;
    if (commits) message.all_facts = record.facts;
    out.messages.push_back(std::move(message));
}

void DecisionPhase::ask_table(Open& open, DecisionCommand command, CoordinatorOutput& out) {
    open.command = std::move(command);
    open.asks_table = true;
    out.commands.push_back(open.command);
}

void DecisionPhase::tell_all(Open& open, const CoordinatorConfig& config, CoordinatorOutput& out) {
    if (open.record.decision == Decision::abort) {
        if (open.tells_left == 0) return;
        --open.tells_left;
    }
    for (const auto& participant : open.unacknowledged) {
        tell(open.record, participant, config, out);
    }
}

void DecisionPhase::answer_client(Open& open, const CoordinatorConfig& config,
                                  CoordinatorOutput& out) {
    if (!open.client_waits) return;
    ClientAnswer answer;
    answer.key = open.record.key;
    answer.record = open.record;
    if (open.record.decision == Decision::commit) {
        if (open.results.size() < config.answering.size()) return;
        answer.kind = ClientAnswer::Kind::committed;
        answer.results = open.results;
    } else {
        answer.kind = ClientAnswer::Kind::aborted;
    }
    open.client_waits = false;
    out.answers.push_back(std::move(answer));
}

// An abort needs nobody's acknowledgement: who asks for it when no record is left hears "abort".
bool DecisionPhase::everybody_knows(const Open& open) {
    if (open.unacknowledged.empty()) return true;
    if (mutated(Mutant::forgets_before_all_told)) {
        return open.unacknowledged.size() < open.record.transaction.participants.size();
    }
    return open.record.decision == Decision::abort && open.tells_left == 0;
}

void DecisionPhase::maybe_forget(Opens::iterator found, std::int64_t now_us,
                                 CoordinatorOutput& out) {
    auto& open = found->second;
    if (open.asks_table || !everybody_knows(open)) return;
    if (open.record.is_finished()) {
        open_.erase(found);
        return;
    }
    DecisionCommand command;
    command.type = DecisionCommand::Type::forget;
    command.id = open.record.transaction.id;
    command.now_us = now_us;
    ask_table(open, std::move(command), out);
}

}  // namespace gavel::two_phase::coordinator
