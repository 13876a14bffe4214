#include "tests/simulation/two_phase/rules.h"

#include <algorithm>

namespace gavel::two_phase::simulation {

void note_packet(const Packet& packet, const std::vector<std::string>& participants,
                 TransactionFacts& facts) {
    if (packet.kind == Packet::Kind::answer) {
        if (packet.answer.record.transaction.id != facts.id) return;
        facts.client_told_commit |= packet.answer.kind == ClientAnswer::Kind::committed;
        facts.client_told_abort |= packet.answer.kind == ClientAnswer::Kind::aborted;
        return;
    }
    const auto& message = packet.message;
    if (packet.kind != Packet::Kind::message || message.id != facts.id) return;
    facts.commit_told |= message.type == MessageType::global_commit;
    facts.abort_told |= message.type == MessageType::global_abort;
    const auto sender = std::find(participants.begin(), participants.end(), message.from);
    if (sender == participants.end()) return;
    auto& at = facts.participants.at(static_cast<std::size_t>(sender - participants.begin()));
    at.voted_commit |= message.type == MessageType::vote_commit;
    at.acknowledged |= message.type == MessageType::acknowledgement;
}

TransactionFacts::AtParticipant facts_at(const ParticipantNode& node,
                                         const Transaction& transaction) {
    TransactionFacts::AtParticipant at;
    const auto* const record = node.recorded(transaction.id);
    const bool is_forgotten = transaction.began_us <= node.forgotten_us();
    at.committed = node.has_committed(transaction.id);
    at.broken_off = node.has_broken_off(transaction.id);
    at.recorded = record != nullptr || is_forgotten;
    at.commit_recorded = record != nullptr ? record->state == ParticipantRecord::State::committed
                                           : is_forgotten && at.committed;
    return at;
}

std::optional<std::string> broken_rule(const TransactionFacts& facts) {
    const auto broken = [&facts](const char* rule) {
        return std::optional<std::string>(facts.id + ": " + rule);
    };
    const bool is_commit = facts.decision == Decision::commit;
    const bool is_abort = facts.decision == Decision::abort;
    bool any_committed = false;
    bool any_broken_off = false;
    for (const auto& at : facts.participants) {
        any_committed |= at.committed;
        any_broken_off |= at.broken_off;
    }
    if (any_committed && any_broken_off) {
        return broken("atomicity: one participant committed, another aborted");
    }
    if (any_committed && !is_commit) {
        return broken("a participant committed, and COMMIT is not the durable decision");
    }
    if (any_broken_off && !is_abort) {
        return broken("a participant aborted after its vote, and ABORT is not the decision");
    }
    if (facts.commit_told && !is_commit) {
        return broken("a participant was told to commit, and COMMIT is not the durable decision");
    }
    if (facts.abort_told && !is_abort) {
        return broken("a participant was told to abort, and ABORT is not the decision");
    }
    if (facts.client_told_commit && !is_commit) {
        return broken("the client was told of a commit that is not the durable decision");
    }
    if (facts.client_told_abort && !is_abort) {
        return broken("the client was told of an abort that is not the decision");
    }
    for (const auto& at : facts.participants) {
        if (at.voted_commit && !at.recorded) {
            return broken("a vote to commit left before its record was on disk");
        }
        if (is_commit && !at.recorded) {
            return broken("COMMIT was decided, and a participant knows nothing of it");
        }
        if (is_commit && at.acknowledged && !at.commit_recorded) {
            return broken("a commit was acknowledged before it was on disk");
        }
        if (is_commit && facts.finished && !at.commit_recorded) {
            return broken("a commit was forgotten before every participant had it");
        }
    }
    return std::nullopt;
}

}  // namespace gavel::two_phase::simulation
