#include "consensus/two_phase_commit/coordinator/coordinator.h"

#include <tuple>
#include <utility>

#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase {

using coordinator::Verdict;
using coordinator::VotingPhase;

// ---- clients -----------------------------------------------------------------------------------

void Coordinator::begin(Request request, std::int64_t now_us) {
    auto [opening, is_new] = openings_.try_emplace(request.key);
    if (!is_new) return;
    auto& command = opening->second.command;
    command.type = DecisionCommand::Type::begin;
    command.now_us = now_us;
    command.transaction = std::move(request.transaction);
    command.transaction.participants = config_.participants;
    command.key = std::move(request.key);
    command.fingerprint = std::move(request.fingerprint);
    command.vote_time_us = config_.vote_time_us;
    opening->second.give_up_us = now_us + config_.vote_time_us;
    opening->second.resend = Backoff(config_.resend_ticks, config_.resend_ticks_max);
    out_.commands.push_back(command);
}

void Coordinator::begun(const DecisionCommand& command, const DecisionOutcome& outcome,
                        std::int64_t now_us) {
    const auto opening = openings_.find(command.key);
    if (opening == openings_.end()) return;
    if (!outcome.record) {
        const bool is_full = outcome.verdict == DecisionOutcome::Verdict::full;
        answer(command.key, is_full ? ClientAnswer::Kind::full : ClientAnswer::Kind::expired, {});
    } else if (outcome.record->fingerprint != command.fingerprint) {
        answer(command.key, ClientAnswer::Kind::other_body, {});
    } else if (outcome.record->can_be_retried()) {
        // What was missing then may be there now.
        auto& again = opening->second.command;
        again.replaces = outcome.record->transaction.id;
        out_.commands.push_back(again);
        return;
    } else {
        attach(*outcome.record, now_us);
    }
    openings_.erase(opening);
}

// The client's transaction is there: new, or begun before, here or elsewhere.
void Coordinator::attach(const DecisionRecord& record, std::int64_t now_us) {
    const auto& id = record.transaction.id;
    if (record.decision == Decision::pending && !decision_.knows(id)) {
        clients_wait_.insert(id);
        if (now_us < record.transaction.deadline_us) {
            voting_.open(record.transaction, config_, out_);
        } else {
            take_over(record, now_us);
        }
        return;
    }
    if (record.decision == Decision::abort && record.is_finished()) {
        answer(record.key, ClientAnswer::Kind::aborted, record);
        return;
    }
    if (record.decision != Decision::pending) decision_.go_on(record, config_, out_);
    decision_.client_waits(id, config_, out_);
}

void Coordinator::answer(const std::string& key, ClientAnswer::Kind kind,
                         const DecisionRecord& record) {
    ClientAnswer answer;
    answer.key = key;
    answer.kind = kind;
    answer.record = record;
    out_.answers.push_back(std::move(answer));
}

// ---- participants ------------------------------------------------------------------------------

void Coordinator::step(const Message& message, std::int64_t now_us) {
    switch (message.type) {
        case MessageType::vote_commit:
        case MessageType::vote_abort:
            if (auto verdict = voting_.count(message)) hand_over(std::move(*verdict), now_us);
            break;
        case MessageType::acknowledgement:
            decision_.acknowledged(message, now_us, config_, out_);
            break;
        case MessageType::inquiry: inquired(message, now_us); break;
        case MessageType::damage:
            out_.damage.push_back(message.from + " refuses what was decided about transaction " +
                                  message.id + ": " + message.refusal.reason);
            break;
        default: break;  // what participants do not send changes nothing
    }
}

void Coordinator::inquired(const Message& message, std::int64_t now_us) {
    if (decision_.knows(message.id)) {
        decision_.inquired(message, config_, out_);
    } else if (voting_.is_open(message.id, now_us)) {
        tell_pending(message.id, message.from);
    } else if (voting_.is_open(message.id)) {
        // Everybody is told when it is written.
        hand_over(voting_.close(message.id), now_us);
    } else {
        inquirers_[message.id].insert(message.from);
        DecisionCommand look;
        look.type = DecisionCommand::Type::look;
        look.id = message.id;
        look.now_us = now_us;
        out_.commands.push_back(std::move(look));
    }
}

void Coordinator::looked_up(const DecisionCommand& command, const DecisionOutcome& outcome,
                            std::int64_t now_us) {
    const auto inquirers = inquirers_.extract(command.id);
    if (inquirers.empty()) return;
    DecisionRecord record;
    if (outcome.record) {
        record = *outcome.record;
    } else {
        // Presumed abort: PENDING was durable before anybody was asked to vote, and a commit is
        // not forgotten before everybody has acknowledged it.
        record.transaction.id = command.id;
        record.decision = Decision::abort;
    }
    if (record.decision == Decision::pending && now_us >= record.transaction.deadline_us) {
        if (mutated(Mutant::abort_told_before_written)) {
            record.decision = Decision::abort;
        } else {
            take_over(record, now_us);
        }
    }
    for (const auto& participant : inquirers.mapped()) {
        if (record.decision == Decision::pending) {
            tell_pending(record.transaction.id, participant);
        } else {
            coordinator::DecisionPhase::tell(record, participant, config_, out_);
        }
    }
}

void Coordinator::tell_pending(const std::string& id, const std::string& participant) {
    Message message;
    message.type = MessageType::pending;
    message.from = config_.name;
    message.to = participant;
    message.id = id;
    out_.messages.push_back(std::move(message));
}

// ---- the decision table, and time --------------------------------------------------------------

void Coordinator::stored(const DecisionCommand& command, const DecisionOutcome& outcome,
                         std::int64_t now_us) {
    switch (command.type) {
        case DecisionCommand::Type::begin: begun(command, outcome, now_us); break;
        case DecisionCommand::Type::decide:
        case DecisionCommand::Type::forget:
            decision_.stored(command, outcome, config_, out_);
            break;
        case DecisionCommand::Type::look: looked_up(command, outcome, now_us); break;
    }
}

void Coordinator::not_stored(const DecisionCommand& command) {
    // Who inquired asks again. All other commands are repeated by tick().
    if (command.type == DecisionCommand::Type::look) inquirers_.erase(command.id);
}

void Coordinator::tick(std::int64_t now_us) {
    for (auto next = openings_.begin(); next != openings_.end();) {
        const auto current = next++;
        auto& opening = current->second;
        if (now_us >= opening.give_up_us) {
            // If it was begun after all, nobody was asked to vote, and it is aborted in time.
            answer(current->first, ClientAnswer::Kind::full, {});
            openings_.erase(current);
        } else if (opening.resend.is_due()) {
            out_.commands.push_back(opening.command);
        }
    }
    for (auto& verdict : voting_.tick(now_us, config_, out_)) {
        hand_over(std::move(verdict), now_us);
    }
    decision_.tick(now_us, config_, out_);
}

void Coordinator::take_over(const DecisionRecord& record, std::int64_t now_us) {
    const auto& id = record.transaction.id;
    if (record.is_finished() || decision_.knows(id) || voting_.is_open(id)) return;
    if (record.decision != Decision::pending) {
        decision_.go_on(record, config_, out_);
    } else if (now_us >= record.transaction.deadline_us) {
        hand_over(VotingPhase::overdue(record.transaction), now_us);
    }
}

void Coordinator::hand_over(Verdict verdict, std::int64_t now_us) {
    const auto id = verdict.transaction.id;
    Message handover;
    handover.type = verdict.command.decision == Decision::commit ? MessageType::global_commit
                                                                 : MessageType::global_abort;
    handover.from = handover.to = config_.name;
    handover.id = id;
    out_.handovers.push_back(std::move(handover));
    decision_.decide(std::move(verdict), now_us, config_, out_);
    if (clients_wait_.erase(id) > 0) decision_.client_waits(id, config_, out_);
}

CoordinatorOutput Coordinator::take_output() {
    return std::exchange(out_, {});
}

std::strong_ordering Coordinator::operator<=>(const Coordinator& other) const {
    return std::tie(config_, voting_, decision_, openings_, clients_wait_, inquirers_) <=>
           std::tie(other.config_, other.voting_, other.decision_, other.openings_,
                    other.clients_wait_, other.inquirers_);
}

}  // namespace gavel::two_phase
