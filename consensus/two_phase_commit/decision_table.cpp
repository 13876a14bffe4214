#include "consensus/two_phase_commit/decision_table.h"

#include <algorithm>

#include "consensus/two_phase_commit/fields.h"
#include "consensus/two_phase_commit/mutant.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t table_layout = 1;

using Verdict = DecisionOutcome::Verdict;

}  // namespace

DecisionTable::DecisionTable(const Limits& limits, const Clock& clock,
                             std::vector<DecisionRecord> records)
    : limits_(limits), clock_(clock) {
    for (auto& record : records) add(std::move(record));
}

DecisionOutcome DecisionTable::apply(const DecisionCommand& command) {
    clock_.time_us = std::max(clock_.time_us, command.now_us);
    switch (command.type) {
        case DecisionCommand::Type::begin: return begin(command);
        case DecisionCommand::Type::decide: return decide(command);
        case DecisionCommand::Type::forget: return forget(command);
        case DecisionCommand::Type::look: break;
    }
    const auto* const record = find(command.id);
    if (record == nullptr) return {Verdict::unknown, {}};
    return {Verdict::not_done, *record};
}

DecisionOutcome DecisionTable::begin(const DecisionCommand& command) {
    const auto newest = newest_of_key_.find(command.key);
    if (newest != newest_of_key_.end()) {
        const auto& record = records_.at(newest->second);
        if (record.transaction.id != command.replaces) return {Verdict::not_done, record};
    } else if (command.now_us <= clock_.forgotten_us) {
        return {Verdict::expired, {}};
    }
    if (unfinished_.size() >= limits_.max_unfinished) return {Verdict::full, {}};

    clock_.last_began_us = std::max(clock_.time_us, clock_.last_began_us + 1);
    DecisionRecord record;
    record.transaction = command.transaction;
    record.transaction.began_us = clock_.last_began_us;
    record.transaction.deadline_us = clock_.last_began_us + command.vote_time_us;
    record.transaction.id = command.key + "." + std::to_string(clock_.last_began_us);
    record.key = command.key;
    record.fingerprint = command.fingerprint;
    add(record);
    return {Verdict::done, std::move(record)};
}

DecisionOutcome DecisionTable::decide(const DecisionCommand& command) {
    auto* const record = find_record(command.id);
    if (record == nullptr) return {Verdict::unknown, {}};
    // Whoever comes second obeys the first.
    const bool is_open = record->decision == Decision::pending;
    if (!is_open && !mutated(Mutant::decision_overwritten)) return {Verdict::not_done, *record};
    record->decision = command.decision;
    record->votes = command.votes;
    record->facts = command.facts;
    record->refusal = command.refusal;
    record->refused_by = command.refused_by;
    record->decided_us = clock_.time_us;
    return {Verdict::done, *record};
}

DecisionOutcome DecisionTable::forget(const DecisionCommand& command) {
    auto* const record = find_record(command.id);
    if (record == nullptr) return {Verdict::unknown, {}};
    if (record->decision == Decision::pending || record->is_finished()) {
        return {Verdict::not_done, *record};
    }
    record->finished_us = std::max<std::int64_t>(clock_.time_us, 1);
    // What is left answers repeated requests and shows what was.
    record->transaction.payload.clear();
    record->facts.clear();
    unfinished_.erase(record->transaction.began_us);
    finished_.emplace(record->finished_us, record->transaction.began_us);
    const DecisionOutcome outcome{Verdict::done, *record};
    forget_oldest();
    return outcome;
}

void DecisionTable::forget_oldest() {
    while (!finished_.empty()) {
        const auto [finished_us, began_us] = *finished_.begin();
        if (finished_.size() <= limits_.max_finished &&
            clock_.time_us - finished_us < limits_.keep_finished_us) {
            return;
        }
        finished_.erase(finished_.begin());
        const auto oldest = records_.find(began_us);
        began_by_id_.erase(oldest->second.transaction.id);
        const auto newest = newest_of_key_.find(oldest->second.key);
        if (newest != newest_of_key_.end() && newest->second == began_us) {
            newest_of_key_.erase(newest);
        }
        records_.erase(oldest);
        clock_.forgotten_us = std::max(clock_.forgotten_us, began_us);
    }
}

void DecisionTable::add(DecisionRecord record) {
    const auto began_us = record.transaction.began_us;
    began_by_id_[record.transaction.id] = began_us;
    auto& newest = newest_of_key_[record.key];
    newest = std::max(newest, began_us);
    if (record.is_finished()) {
        finished_.emplace(record.finished_us, began_us);
    } else {
        unfinished_.insert(began_us);
    }
    records_.insert_or_assign(began_us, std::move(record));
}

DecisionRecord* DecisionTable::find_record(const std::string& id) {
    const auto began = began_by_id_.find(id);
    return began == began_by_id_.end() ? nullptr : &records_.at(began->second);
}

const DecisionRecord* DecisionTable::find(const std::string& id) const {
    const auto began = began_by_id_.find(id);
    return began == began_by_id_.end() ? nullptr : &records_.at(began->second);
}

std::vector<DecisionRecord> DecisionTable::unfinished(std::size_t limit) const {
    std::vector<DecisionRecord> list;
    for (const auto began_us : unfinished_) {
        if (list.size() >= limit) break;
        list.push_back(records_.at(began_us));
    }
    return list;
}

std::vector<DecisionRecord> DecisionTable::newest(std::int64_t before_us, std::size_t limit) const {
    std::vector<DecisionRecord> list;
    for (auto next = records_.lower_bound(before_us);
         next != records_.begin() && list.size() < limit;) {
        list.push_back((--next)->second);
    }
    return list;
}

DecisionTable::Position DecisionTable::oldest_finished() const {
    return finished_.empty() ? Position{} : *finished_.begin();
}

std::string DecisionTable::serialize() const {
    FieldWriter out;
    out.number(table_layout);
    out.number(clock_.time_us).number(clock_.last_began_us).number(clock_.forgotten_us);
    out.count(records_.size());
    for (const auto& [began_us, record] : records_) out.text(record.encode());
    return out.take();
}

DecisionTable DecisionTable::deserialize(std::string_view bytes, const Limits& limits) {
    FieldReader in(bytes);
    in.number(table_layout, table_layout);
    Clock clock;
    clock.time_us = in.number(0);
    clock.last_began_us = in.number(0);
    clock.forgotten_us = in.number(0);
    std::vector<DecisionRecord> records;
    for (auto left = in.count(); left > 0; --left) {
        records.push_back(DecisionRecord::decode(in.text()));
    }
    in.expect_end();
    return {limits, clock, std::move(records)};
}

}  // namespace gavel::two_phase
