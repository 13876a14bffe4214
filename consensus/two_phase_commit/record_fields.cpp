#include "consensus/two_phase_commit/record_fields.h"

namespace gavel::two_phase {

void write(FieldWriter& out, const Transaction& transaction) {
    out.text(transaction.id).text(transaction.kind).text(transaction.payload);
    out.text(transaction.label).text(transaction.lock).count(transaction.participants.size());
    for (const auto& participant : transaction.participants) out.text(participant);
    out.number(transaction.began_us).number(transaction.deadline_us);
}

void write(FieldWriter& out, const Refusal& refusal) {
    out.number(refusal.status).text(refusal.reason).text(refusal.answer);
}

void write(FieldWriter& out, const Facts& facts) {
    out.count(facts.size());
    for (const auto& [participant, text] : facts) out.text(participant).text(text);
}

void write(FieldWriter& out, const std::map<std::string, bool>& votes) {
    out.count(votes.size());
    for (const auto& [participant, commit] : votes) out.text(participant).number(commit ? 1 : 0);
}

Transaction read_transaction(FieldReader& in) {
    Transaction transaction;
    transaction.id = in.text();
    transaction.kind = in.text();
    transaction.payload = in.text();
    transaction.label = in.text();
    transaction.lock = in.text();
    for (auto left = in.count(); left > 0; --left) transaction.participants.push_back(in.text());
    transaction.began_us = in.number(0);
    transaction.deadline_us = in.number(0);
    return transaction;
}

Refusal read_refusal(FieldReader& in) {
    Refusal refusal;
    refusal.status = static_cast<int>(in.number(0, 599));
    refusal.reason = in.text();
    refusal.answer = in.text();
    return refusal;
}

Facts read_facts(FieldReader& in) {
    Facts facts;
    for (auto left = in.count(); left > 0; --left) {
        auto participant = in.text();
        facts[std::move(participant)] = in.text();
    }
    return facts;
}

std::map<std::string, bool> read_votes(FieldReader& in) {
    std::map<std::string, bool> votes;
    for (auto left = in.count(); left > 0; --left) {
        auto participant = in.text();
        votes[std::move(participant)] = in.number(0, 1) == 1;
    }
    return votes;
}

Decision read_decision(FieldReader& in) {
    return static_cast<Decision>(in.number(0, static_cast<std::int64_t>(Decision::abort)));
}

}  // namespace gavel::two_phase
