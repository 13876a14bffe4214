#pragma once

#include <map>
#include <string>

#include "consensus/two_phase_commit/decision_record.h"
#include "consensus/two_phase_commit/fields.h"
#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase {

// The parts that several records have, as fields. Readers throw MalformedRecord.

void write(FieldWriter& out, const Transaction& transaction);
void write(FieldWriter& out, const Refusal& refusal);
void write(FieldWriter& out, const Facts& facts);
void write(FieldWriter& out, const std::map<std::string, bool>& votes);

Transaction read_transaction(FieldReader& in);
Refusal read_refusal(FieldReader& in);
Facts read_facts(FieldReader& in);
std::map<std::string, bool> read_votes(FieldReader& in);
Decision read_decision(FieldReader& in);

}  // namespace gavel::two_phase
