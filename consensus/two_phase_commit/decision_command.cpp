#include "consensus/two_phase_commit/decision_command.h"

#include "consensus/two_phase_commit/record_fields.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t command_layout = 1;
constexpr std::int64_t outcome_layout = 1;

}  // namespace

std::string DecisionCommand::encode() const {
    FieldWriter out;
    out.number(command_layout).number(static_cast<std::int64_t>(type)).number(now_us);
    if (type == Type::begin) {
        write(out, transaction);
        out.text(key).text(fingerprint).number(vote_time_us).text(replaces);
        return out.take();
    }
    out.text(id);
    if (type == Type::decide) {
        out.number(static_cast<std::int64_t>(decision));
        write(out, votes);
        write(out, facts);
        write(out, refusal);
        out.text(refused_by);
    }
    return out.take();
}

DecisionCommand DecisionCommand::decode(std::string_view bytes) {
    FieldReader in(bytes);
    in.number(command_layout, command_layout);
    DecisionCommand command;
    command.type = static_cast<Type>(in.number(0, static_cast<std::int64_t>(Type::look)));
    command.now_us = in.number(0);
    if (command.type == Type::begin) {
        command.transaction = read_transaction(in);
        command.key = in.text();
        command.fingerprint = in.text();
        command.vote_time_us = in.number(0);
        command.replaces = in.text();
    } else {
        command.id = in.text();
    }
    if (command.type == Type::decide) {
        command.decision = read_decision(in);
        if (command.decision == Decision::pending) {
            throw MalformedRecord("to decide is to commit or to abort");
        }
        command.votes = read_votes(in);
        command.facts = read_facts(in);
        command.refusal = read_refusal(in);
        command.refused_by = in.text();
    }
    in.expect_end();
    return command;
}

std::string DecisionOutcome::encode() const {
    FieldWriter out;
    out.number(outcome_layout).number(static_cast<std::int64_t>(verdict));
    out.text(record ? record->encode() : "");
    return out.take();
}

DecisionOutcome DecisionOutcome::decode(std::string_view bytes) {
    FieldReader in(bytes);
    in.number(outcome_layout, outcome_layout);
    DecisionOutcome outcome;
    outcome.verdict =
        static_cast<Verdict>(in.number(0, static_cast<std::int64_t>(Verdict::expired)));
    if (const auto record = in.text(); !record.empty()) {
        outcome.record = DecisionRecord::decode(record);
    }
    in.expect_end();
    return outcome;
}

}  // namespace gavel::two_phase
