#include "consensus/two_phase_commit/participant/participant.h"

#include <tuple>
#include <utility>

#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase {

Participant::Participant(const ParticipantConfig& config,
                         const std::vector<ParticipantRecord>& records, std::int64_t forgotten_us)
    : config_(config), decision_(config.max_finished, forgotten_us) {
    for (const auto& record : records) {
        const bool locks = !mutated(Mutant::serves_before_locks);
        if (locks && record.state == ParticipantRecord::State::prepared) {
            locks_.take(record.transaction.lock, record.transaction.id);
        }
        decision_.recover(record, config_, out_);
    }
}

void Participant::step(const Message& message) {
    if (!is_serving() && !mutated(Mutant::serves_before_locks)) return;
    const bool is_voting = voting_.is_open(message.id);
    switch (message.type) {
        case MessageType::vote_request: vote_requested(message); break;
        case MessageType::global_commit:
            if (is_voting) {
                participant::DecisionPhase::refuse(message, "it has not voted yet", config_, out_);
            } else {
                decision_.global_commit(message, config_, out_);
            }
            break;
        case MessageType::global_abort:
            if (is_voting) {
                voting_.doom(message);
            } else {
                decision_.global_abort(message, config_, out_);
            }
            break;
        default: break;  // nothing is decided, or it is no message for a participant
    }
}

void Participant::vote_requested(const Message& request) {
    if (!request.transaction) return;
    const auto& transaction = *request.transaction;
    if (voting_.is_open(request.id)) {
        voting_.asked_again(request);
        return;
    }
    if (decision_.vote_again(request, config_, out_)) return;
    if (transaction.began_us <= decision_.forgotten_us()) {
        vote_to_abort(transaction, request.from,
                      {503, "this transaction is older than what is remembered; try again", ""});
    } else if (open() >= config_.max_open) {
        vote_to_abort(transaction, request.from,
                      {503, "too many transactions are undecided; try again", ""});
    } else if (!locks_.take(transaction.lock, transaction.id)) {
        vote_to_abort(transaction, request.from,
                      {Refusal::locked, "another transaction is changing " + transaction.lock, ""});
    } else {
        voting_.open(request, out_);
    }
}

// ---- the vote ----------------------------------------------------------------------------------

void Participant::prepared(const std::string& id, const std::string& facts) {
    voting_.prepared(id, facts, out_);
    if (!mutated(Mutant::vote_before_durable) || !voting_.is_open(id)) return;
    Message vote;
    vote.type = MessageType::vote_commit;
    vote.from = config_.name;
    vote.to = config_.coordinators.front();
    vote.id = id;
    out_.messages.push_back(std::move(vote));
}

void Participant::refused(const std::string& id, Refusal refusal) {
    const auto ballot = voting_.close(id);
    if (!ballot) return;
    locks_.release(ballot->transaction.lock, id);
    vote_to_abort(ballot->transaction, ballot->coordinator, refusal);
}

void Participant::stored(const ParticipantRecord& record) {
    const auto& id = record.transaction.id;
    if (record.state != ParticipantRecord::State::prepared) {
        decision_.stored(id, locks_, config_, out_);
        return;
    }
    auto ballot = voting_.close(id);
    if (!ballot) return;
    Message vote;
    vote.type = MessageType::vote_commit;
    vote.from = config_.name;
    vote.to = ballot->coordinator;
    vote.id = id;
    vote.facts = ballot->facts;
    const auto doomed_by = std::exchange(ballot->doomed_by, std::nullopt);
    hand_over(id, MessageType::vote_commit);
    decision_.enter(std::move(*ballot), config_);
    if (doomed_by) {
        decision_.global_abort(*doomed_by, config_, out_);
    } else {
        out_.messages.push_back(std::move(vote));
    }
}

void Participant::not_stored(const ParticipantRecord& record) {
    const auto& id = record.transaction.id;
    if (record.state != ParticipantRecord::State::prepared) {
        decision_.not_stored(id);
        return;
    }
    auto ballot = voting_.close(id);
    if (!ballot) return;
    hand_over(id, MessageType::vote_abort);
    decision_.abort_alone(std::move(*ballot),
                          {503, "there is no room for the transaction; try again", ""}, out_);
}

void Participant::vote_to_abort(const Transaction& transaction, const std::string& coordinator,
                                const Refusal& refusal) {
    Message vote;
    vote.type = MessageType::vote_abort;
    vote.from = config_.name;
    vote.to = coordinator;
    vote.id = transaction.id;
    vote.refusal = refusal;
    out_.messages.push_back(std::move(vote));
    hand_over(transaction.id, MessageType::vote_abort);
    if (transaction.began_us > decision_.forgotten_us()) {
        decision_.voted_to_abort(transaction, refusal);
    }
}

void Participant::hand_over(const std::string& id, MessageType vote) {
    Message handover;
    handover.type = vote;
    handover.from = handover.to = config_.name;
    handover.id = id;
    out_.handovers.push_back(std::move(handover));
}

// ---- the decision ------------------------------------------------------------------------------

void Participant::restored(const std::string& id) {
    decision_.restored(id);
}

void Participant::committed(const std::string& id, const std::string& result) {
    decision_.committed(id, result, config_, out_);
}

void Participant::aborted(const std::string& id) {
    decision_.aborted(id, locks_, config_, out_);
}

ParticipantOutput Participant::take_output() {
    return std::exchange(out_, {});
}

std::strong_ordering Participant::operator<=>(const Participant& other) const {
    return std::tie(config_, locks_, voting_, decision_) <=>
           std::tie(other.config_, other.locks_, other.voting_, other.decision_);
}

}  // namespace gavel::two_phase
