#include "consensus/two_phase_commit/participant_record.h"

#include "consensus/two_phase_commit/record_fields.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t record_layout = 1;

}  // namespace

std::string ParticipantRecord::encode() const {
    FieldWriter out;
    out.number(record_layout);
    write(out, transaction);
    out.text(coordinator).number(static_cast<std::int64_t>(state)).text(facts);
    return out.take();
}

ParticipantRecord ParticipantRecord::decode(std::string_view bytes) {
    FieldReader in(bytes);
    in.number(record_layout, record_layout);
    ParticipantRecord record;
    record.transaction = read_transaction(in);
    record.coordinator = in.text();
    record.state = static_cast<State>(in.number(0, static_cast<std::int64_t>(State::aborted)));
    record.facts = in.text();
    in.expect_end();
    return record;
}

}  // namespace gavel::two_phase
