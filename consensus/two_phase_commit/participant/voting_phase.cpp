#include "consensus/two_phase_commit/participant/voting_phase.h"

#include <utility>

namespace gavel::two_phase::participant {

void VotingPhase::open(const Message& request, ParticipantOutput& out) {
    Open open;
    open.ballot.transaction = *request.transaction;
    open.ballot.coordinator = request.from;
    open_.emplace(request.id, std::move(open));
    Effect effect;
    effect.type = Effect::Type::prepare;
    effect.transaction = *request.transaction;
    out.effects.push_back(std::move(effect));
}

void VotingPhase::asked_again(const Message& request) {
    open_.at(request.id).ballot.coordinator = request.from;
}

void VotingPhase::doom(const Message& global_abort) {
    open_.at(global_abort.id).ballot.doomed_by = global_abort;
}

void VotingPhase::prepared(const std::string& id, const std::string& facts,
                           ParticipantOutput& out) {
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.is_prepared) return;
    auto& ballot = found->second.ballot;
    found->second.is_prepared = true;
    ballot.facts = facts;
    ParticipantRecord record;
    record.transaction = ballot.transaction;
    record.coordinator = ballot.coordinator;
    record.facts = facts;
    out.records.push_back(std::move(record));
}

std::optional<Ballot> VotingPhase::close(const std::string& id) {
    auto open = open_.extract(id);
    if (open.empty()) return std::nullopt;
    return std::move(open.mapped().ballot);
}

}  // namespace gavel::two_phase::participant
