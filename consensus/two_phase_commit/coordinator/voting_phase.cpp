#include "consensus/two_phase_commit/coordinator/voting_phase.h"

#include <algorithm>
#include <utility>

#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase::coordinator {

void VotingPhase::open(const Transaction& transaction, const CoordinatorConfig& config,
                       CoordinatorOutput& out) {
    auto [poll, is_new] = polls_.try_emplace(transaction.id);
    if (!is_new) return;
    poll->second.transaction = transaction;
    poll->second.resend = Backoff(config.resend_ticks, config.resend_ticks_max);
    ask(poll->second, config, out);
}

bool VotingPhase::is_open(const std::string& id, std::int64_t now_us) const {
    const auto poll = polls_.find(id);
    return poll != polls_.end() && now_us < poll->second.transaction.deadline_us;
}

std::map<std::string, bool> VotingPhase::votes(const std::string& id) const {
    const auto poll = polls_.find(id);
    return poll == polls_.end() ? std::map<std::string, bool>() : poll->second.votes;
}

void VotingPhase::ask(const Poll& poll, const CoordinatorConfig& config, CoordinatorOutput& out) {
    for (const auto& participant : poll.transaction.participants) {
        if (poll.votes.count(participant) > 0) continue;
        Message request;
        request.type = MessageType::vote_request;
        request.from = config.name;
        request.to = participant;
        request.id = poll.transaction.id;
        request.began_us = poll.transaction.began_us;
        request.transaction = poll.transaction;
        out.messages.push_back(std::move(request));
    }
}

std::optional<Verdict> VotingPhase::count(const Message& vote) {
    const auto found = polls_.find(vote.id);
    if (found == polls_.end() || !found->second.expects(vote.from)) return std::nullopt;
    auto& poll = found->second;
    if (vote.type == MessageType::vote_abort) {
        poll.votes[vote.from] = false;
        return end(found, Decision::abort, vote.refusal, vote.from);
    }
    poll.votes[vote.from] = true;
    poll.facts[vote.from] = vote.facts;
    if (mutated(Mutant::vote_counted_by_message)) ++poll.votes_counted;
    if (!poll.is_unanimous()) return std::nullopt;
    return end(found, Decision::commit, {}, "");
}

std::vector<Verdict> VotingPhase::tick(std::int64_t now_us, const CoordinatorConfig& config,
                                       CoordinatorOutput& out) {
    std::vector<std::string> late;
    for (auto& [id, poll] : polls_) {
        if (now_us >= poll.transaction.deadline_us) {
            late.push_back(id);
        } else if (poll.resend.is_due()) {
            ask(poll, config, out);
        }
    }
    std::vector<Verdict> verdicts;
    for (const auto& id : late) verdicts.push_back(close(id));
    return verdicts;
}

Verdict VotingPhase::close(const std::string& id) {
    const auto found = polls_.find(id);
    const auto& poll = found->second;
    if (mutated(Mutant::unreachable_dropped) && !poll.votes.empty()) {
        return end(found, Decision::commit, {}, "");
    }
    std::string missing;
    for (const auto& participant : poll.transaction.participants) {
        if (poll.votes.count(participant) > 0) continue;
        missing += (missing.empty() ? "" : ", ") + participant;
    }
    return end(found, Decision::abort,
               {503, missing + " did not answer in time, nothing was changed; try again", ""}, "");
}

Verdict VotingPhase::overdue(const Transaction& transaction) {
    Verdict verdict;
    verdict.transaction = transaction;
    verdict.command.type = DecisionCommand::Type::decide;
    verdict.command.id = transaction.id;
    verdict.command.decision = Decision::abort;
    verdict.command.refusal = {
        503, "the coordinator stopped before it was decided, nothing was changed; try again", ""};
    return verdict;
}

bool VotingPhase::Poll::expects(const std::string& participant) const {
    return std::find(transaction.participants.begin(), transaction.participants.end(),
                     participant) != transaction.participants.end();
}

bool VotingPhase::Poll::is_unanimous() const {
    const auto everybody = transaction.participants.size();
    if (mutated(Mutant::vote_counted_by_message)) return votes_counted >= everybody;
    if (mutated(Mutant::commit_by_majority)) return facts.size() > everybody / 2;
    return facts.size() == everybody;
}

Verdict VotingPhase::end(Polls::iterator poll, Decision decision, Refusal refusal,
                         std::string refused_by) {
    Verdict verdict;
    verdict.transaction = std::move(poll->second.transaction);
    verdict.command.type = DecisionCommand::Type::decide;
    verdict.command.id = verdict.transaction.id;
    verdict.command.decision = decision;
    verdict.command.votes = std::move(poll->second.votes);
    verdict.command.facts = std::move(poll->second.facts);
    verdict.command.refusal = std::move(refusal);
    verdict.command.refused_by = std::move(refused_by);
    polls_.erase(poll);
    return verdict;
}

}  // namespace gavel::two_phase::coordinator
