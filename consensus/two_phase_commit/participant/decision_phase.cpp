#include "consensus/two_phase_commit/participant/decision_phase.h"

#include <utility>

#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase::participant {
namespace {

Message reply(MessageType type, const std::string& id, const std::string& to,
              const ParticipantConfig& config) {
    Message message;
    message.type = type;
    message.from = config.name;
    message.to = to;
    message.id = id;
    return message;
}

const Refusal being_aborted = {503, "this transaction was aborted; try again", ""};

}  // namespace

// ---- restart -----------------------------------------------------------------------------------

void DecisionPhase::recover(const ParticipantRecord& record, const ParticipantConfig& config,
                            ParticipantOutput& out) {
    const auto& transaction = record.transaction;
    if (record.state != ParticipantRecord::State::prepared) {
        finished_.add(
            transaction.id,
            {transaction.began_us, record.state == ParticipantRecord::State::committed, {}});
        return;
    }
    Open open;
    open.transaction = transaction;
    open.coordinator = record.coordinator;
    open.state = State::restoring;
    open.facts = record.facts;
    open.ask = Backoff::at_once(config.ask_ticks, config.ask_ticks_max);
    open_.insert_or_assign(transaction.id, std::move(open));
    ++restoring_;
    Effect effect;
    effect.type = Effect::Type::restore;
    effect.transaction = transaction;
    effect.voted = record.facts;
    out.effects.push_back(std::move(effect));
}

void DecisionPhase::restored(const std::string& id) {
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.state != State::restoring) return;
    found->second.state = State::in_doubt;
    --restoring_;
}

// ---- from the voting phase ---------------------------------------------------------------------

void DecisionPhase::enter(Ballot ballot, const ParticipantConfig& config) {
    Open open;
    open.transaction = std::move(ballot.transaction);
    open.coordinator = std::move(ballot.coordinator);
    open.facts = std::move(ballot.facts);
    open.ask = Backoff(config.ask_ticks, config.ask_ticks_max);
    const auto id = open.transaction.id;
    open_.insert_or_assign(id, std::move(open));
}

void DecisionPhase::abort_alone(Ballot ballot, Refusal refusal, ParticipantOutput& out) {
    Open open;
    open.transaction = std::move(ballot.transaction);
    open.coordinator = std::move(ballot.coordinator);
    open.refusal = std::move(refusal);
    begin_abort(open, out);
    const auto id = open.transaction.id;
    open_.insert_or_assign(id, std::move(open));
}

void DecisionPhase::voted_to_abort(const Transaction& transaction, Refusal refusal) {
    finished_.add(transaction.id, {transaction.began_us, false, std::move(refusal)});
}

bool DecisionPhase::vote_again(const Message& request, const ParticipantConfig& config,
                               ParticipantOutput& out) const {
    const auto open = open_.find(request.id);
    if (open != open_.end()) {
        const auto state = open->second.state;
        if (state == State::aborting || state == State::letting_go) {
            auto vote = reply(MessageType::vote_abort, request.id, request.from, config);
            vote.refusal = being_aborted;
            out.messages.push_back(std::move(vote));
            return true;
        }
        auto vote = reply(MessageType::vote_commit, request.id, request.from, config);
        vote.facts = open->second.facts;
        out.messages.push_back(std::move(vote));
        return true;
    }
    const auto* const finished = finished_.find(request.id);
    if (finished == nullptr) return false;
    auto vote = reply(finished->committed ? MessageType::vote_commit : MessageType::vote_abort,
                      request.id, request.from, config);
    vote.refusal = finished->refusal;
    if (!finished->committed && vote.refusal.status == 0) {
        vote.refusal = being_aborted;
    }
    out.messages.push_back(std::move(vote));
    return true;
}

// ---- decisions ---------------------------------------------------------------------------------

void DecisionPhase::global_commit(const Message& message, const ParticipantConfig& config,
                                  ParticipantOutput& out) {
    Effect effect;
    effect.type = Effect::Type::commit;
    effect.facts = message.all_facts;
    const auto found = open_.find(message.id);
    if (found != open_.end()) {
        auto& open = found->second;
        if (open.state == State::aborting || open.state == State::letting_go) {
            refuse(message, "it was told to abort it, and has begun to", config, out);
            return;
        }
        open.coordinator = message.from;
        if (open.state != State::in_doubt) return;
        open.state = State::committing;
        effect.transaction = open.transaction;
        out.effects.push_back(std::move(effect));
        return;
    }
    if (const auto* const finished = finished_.find(message.id)) {
        if (!finished->committed) {
            refuse(message, "it was aborted here", config, out);
            return;
        }
        recalls_[message.id].insert(message.from);
        effect.transaction.id = message.id;
        effect.transaction.began_us = finished->began_us;
        out.effects.push_back(std::move(effect));
    } else if (message.began_us <= finished_.forgotten_us()) {
        acknowledge(message.id, message.from, "", config, out);  // a late copy: it was done
    } else {
        refuse(message, "it was never prepared here", config, out);
    }
}

void DecisionPhase::global_abort(const Message& message, const ParticipantConfig& config,
                                 ParticipantOutput& out) {
    const auto found = open_.find(message.id);
    if (found != open_.end()) {
        auto& open = found->second;
        if (open.state == State::committing || open.state == State::recording) {
            refuse(message, "it was told to commit it, and has begun to", config, out);
            return;
        }
        open.coordinator = message.from;
        if (open.state == State::in_doubt) begin_abort(open, out);
        if (open.state == State::letting_go) acknowledge(message.id, message.from, "", config, out);
        return;
    }
    if (const auto* const finished = finished_.find(message.id)) {
        if (finished->committed) {
            refuse(message, "it was committed here", config, out);
            return;
        }
    } else if (message.began_us > finished_.forgotten_us()) {
        // Its vote-request may still come, and is known then.
        finished_.add(message.id, {message.began_us, false, {}});
    }
    acknowledge(message.id, message.from, "", config, out);
}

void DecisionPhase::refuse(const Message& message, const std::string& why,
                           const ParticipantConfig& config, ParticipantOutput& out) {
    out.damage.push_back(std::string(name_of(message.type)) + " of transaction " + message.id +
                         ", told by " + message.from + ", is refused: " + why);
    auto answer = reply(MessageType::damage, message.id, message.from, config);
    answer.refusal = {409, why, ""};
    out.messages.push_back(std::move(answer));
}

void DecisionPhase::begin_abort(Open& open, ParticipantOutput& out) {
    open.state = State::aborting;
    Effect effect;
    effect.type = Effect::Type::abort;
    effect.transaction = open.transaction;
    out.effects.push_back(std::move(effect));
}

// ---- what the service and the disk have done ---------------------------------------------------

void DecisionPhase::committed(const std::string& id, const std::string& result,
                              const ParticipantConfig& config, ParticipantOutput& out) {
    const auto found = open_.find(id);
    if (found != open_.end()) {
        auto& open = found->second;
        if (open.state != State::committing) return;
        open.state = State::recording;
        open.result = result;
        if (mutated(Mutant::acknowledged_before_durable)) {
            acknowledge(id, open.coordinator, result, config, out);
        }
        record(open, ParticipantRecord::State::committed, out);
        return;
    }
    const auto recalls = recalls_.extract(id);
    if (recalls.empty()) return;
    for (const auto& coordinator : recalls.mapped()) {
        acknowledge(id, coordinator, result, config, out);
    }
}

void DecisionPhase::stored(const std::string& id, LockTable& locks, const ParticipantConfig& config,
                           ParticipantOutput& out) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    const auto& open = found->second;
    if (open.state != State::recording && open.state != State::letting_go) return;
    const bool commits = open.state == State::recording;
    if (commits) acknowledge(id, open.coordinator, open.result, config, out);
    finish(found, commits, locks);
}

void DecisionPhase::not_stored(const std::string& id) {
    const auto found = open_.find(id);
    if (found != open_.end()) found->second.must_be_stored = true;
}

// An abort need not be on disk before it is acknowledged: who finds the prepared record after a
// crash asks, and hears the same again. But nobody else may be prepared before it is, or both would
// be found so.
void DecisionPhase::aborted(const std::string& id, LockTable& locks,
                            const ParticipantConfig& config, ParticipantOutput& out) {
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.state != State::aborting) return;
    auto& open = found->second;
    if (open.refusal.status == 0) {
        open.state = State::letting_go;
        record(open, ParticipantRecord::State::aborted, out);
        acknowledge(id, open.coordinator, "", config, out);
        return;
    }
    auto vote = reply(MessageType::vote_abort, id, open.coordinator, config);
    vote.refusal = open.refusal;
    out.messages.push_back(std::move(vote));
    finish(found, false, locks);
}

void DecisionPhase::finish(Opens::iterator open, bool commits, LockTable& locks) {
    const auto& transaction = open->second.transaction;
    locks.release(transaction.lock, transaction.id);
    finished_.add(transaction.id, {transaction.began_us, commits, open->second.refusal});
    open_.erase(open);
}

void DecisionPhase::record(const Open& open, ParticipantRecord::State state,
                           ParticipantOutput& out) {
    ParticipantRecord finished;
    finished.transaction.id = open.transaction.id;
    finished.transaction.began_us = open.transaction.began_us;
    finished.coordinator = open.coordinator;
    finished.state = state;
    out.records.push_back(std::move(finished));
}

void DecisionPhase::acknowledge(const std::string& id, const std::string& coordinator,
                                const std::string& result, const ParticipantConfig& config,
                                ParticipantOutput& out) {
    auto message = reply(MessageType::acknowledgement, id, coordinator, config);
    message.result = result;
    out.messages.push_back(std::move(message));
}

// ---- time --------------------------------------------------------------------------------------

void DecisionPhase::tick(const ParticipantConfig& config, ParticipantOutput& out) {
    for (auto& [id, open] : open_) {
        if (open.state == State::in_doubt && open.ask.is_due()) {
            if (mutated(Mutant::in_doubt_aborts_alone)) {
                begin_abort(open, out);
            } else {
                ask(open, config, out);
            }
        } else if (std::exchange(open.must_be_stored, false)) {
            record(open,
                   open.state == State::recording ? ParticipantRecord::State::committed
                                                  : ParticipantRecord::State::aborted,
                   out);
        }
    }
}

void DecisionPhase::ask(Open& open, const ParticipantConfig& config, ParticipantOutput& out) const {
    if (config.coordinators.empty()) return;
    auto inquiry = reply(MessageType::inquiry, open.transaction.id,
                         config.coordinators[open.next_coordinator], config);
    inquiry.began_us = open.transaction.began_us;
    open.next_coordinator = (open.next_coordinator + 1) % config.coordinators.size();
    out.messages.push_back(std::move(inquiry));
}

}  // namespace gavel::two_phase::participant
