#include "consensus/two_phase_commit/decision_record.h"

#include "consensus/two_phase_commit/record_fields.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t record_layout = 1;

}  // namespace

std::string DecisionRecord::encode() const {
    FieldWriter out;
    out.number(record_layout);
    write(out, transaction);
    out.text(key).text(fingerprint).number(static_cast<std::int64_t>(decision));
    write(out, votes);
    write(out, facts);
    write(out, refusal);
    out.text(refused_by).number(decided_us).number(finished_us);
    return out.take();
}

DecisionRecord DecisionRecord::decode(std::string_view bytes) {
    FieldReader in(bytes);
    in.number(record_layout, record_layout);
    DecisionRecord record;
    record.transaction = read_transaction(in);
    record.key = in.text();
    record.fingerprint = in.text();
    record.decision = read_decision(in);
    record.votes = read_votes(in);
    record.facts = read_facts(in);
    record.refusal = read_refusal(in);
    record.refused_by = in.text();
    record.decided_us = in.number(0);
    record.finished_us = in.number(0);
    in.expect_end();
    return record;
}

}  // namespace gavel::two_phase
