#include "services/auction/transaction_table.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/fnv1a.h"
#include "common/limits.h"
#include "services/auction/wire_outcome.h"

namespace gavel::auction {
namespace {

constexpr OutcomeCode last_code = last_outcome_code;

const PrepareTransaction& prepare_in(const Command& command) {
    return std::get<PrepareTransaction>(command.action);
}

// Tells one wish from another. The memo is no part of it: who asks again may be another
// coordinator.
std::uint64_t fingerprint_of(const PrepareTransaction& prepare) {
    Command wish;
    // Whatever rules are current: a wish that comes again after an upgrade is the same one.
    wish.rules_version = 2;
    std::visit([&wish](const auto& action) { wish.action = action; }, prepare.action);
    return fnv1a(encode(wish));
}

const CloseAuction* close_in(const TransactionTable::Entry& entry) {
    return std::get_if<CloseAuction>(&prepare_in(*entry.prepare).action);
}

Outcome contradiction(const Outcome& earlier) {
    Outcome outcome;
    outcome.index = earlier.index;
    outcome.code = OutcomeCode::contradicts;
    outcome.auction_id = earlier.auction_id;
    return outcome;
}

}  // namespace

std::optional<Outcome> TransactionTable::first_outcome(const Command& command) const {
    if (const auto* prepare = std::get_if<PrepareTransaction>(&command.action)) {
        return first_vote(*prepare);
    }
    if (const auto* commit = std::get_if<CommitTransaction>(&command.action)) {
        return first_decision(commit->transaction, State::committed);
    }
    if (const auto* abort = std::get_if<AbortTransaction>(&command.action)) {
        return first_decision(abort->transaction, State::aborted);
    }
    return std::nullopt;
}

std::optional<Outcome> TransactionTable::first_vote(const PrepareTransaction& prepare) const {
    const Entry* entry = find(prepare.transaction);
    if (entry == nullptr) return std::nullopt;
    if (entry->fingerprint == 0) return entry->decided;
    if (entry->fingerprint != fingerprint_of(prepare)) return contradiction(entry->vote);
    const bool withdrawn =
        entry->state == State::aborted && entry->vote.code == OutcomeCode::prepared;
    return withdrawn ? entry->decided : entry->vote;
}

std::optional<Outcome> TransactionTable::first_decision(const std::string& transaction,
                                                        State state) const {
    const Entry* entry = find(transaction);
    if (entry == nullptr || entry->state == State::prepared) return std::nullopt;
    return entry->state == state ? entry->decided : contradiction(entry->decided);
}

bool TransactionTable::full() const {
    return prepared_.size() >= limits::max_prepared_transactions;
}

const TransactionTable::Entry* TransactionTable::find(const std::string& transaction) const {
    const auto found = entries_.find(transaction);
    return found == entries_.end() ? nullptr : &found->second;
}

const std::string* TransactionTable::freezes(AuctionId id) const {
    const auto found = freezing_.find(id);
    return found == freezing_.end() ? nullptr : &found->second;
}

TransactionTable::Entry& TransactionTable::insert(const std::string& transaction, Entry entry) {
    const auto [place, is_new] = entries_.emplace(transaction, std::move(entry));
    assert(is_new);
    static_cast<void>(is_new);
    return place->second;
}

void TransactionTable::take(const Command& command, const Outcome& vote, std::int64_t now_us) {
    const auto& prepare = prepare_in(command);
    Entry& entry = insert(prepare.transaction, {.began_us = prepare.began_us,
                                                .fingerprint = fingerprint_of(prepare),
                                                .vote = vote,
                                                .decided = {}});
    if (vote.code == OutcomeCode::prepared) {
        entry.prepare = command;
        prepared_.insert(prepare.transaction);
        if (const auto* close = close_in(entry)) {
            freezing_.emplace(close->auction_id, prepare.transaction);
        }
        return;
    }
    entry.state = State::aborted;
    entry.decided = vote;
    entry.decided.code = OutcomeCode::aborted;
    remember(prepare.transaction, State::aborted, now_us);
}

void TransactionTable::refuse(const std::string& transaction, const Outcome& aborted,
                              std::int64_t now_us) {
    insert(transaction, {.state = State::aborted, .vote = aborted, .decided = aborted});
    remember(transaction, State::aborted, now_us);
}

void TransactionTable::decide(const std::string& transaction, State state, const Outcome& decided,
                              std::int64_t now_us) {
    Entry& entry = entries_.at(transaction);
    assert(entry.state == State::prepared && state != State::prepared);
    if (const auto* close = close_in(entry)) freezing_.erase(close->auction_id);
    entry.state = state;
    entry.decided = decided;
    entry.prepare.reset();
    prepared_.erase(transaction);
    remember(transaction, state, now_us);
}

void TransactionTable::remember(const std::string& transaction, State state, std::int64_t now_us) {
    auto& decided = state == State::committed ? committed_ : aborted_;
    decided.push_back({transaction, now_us});
    if (decided.size() > limits::max_finished_transactions) forget_oldest(decided);
}

void TransactionTable::forget_oldest(std::deque<Decided>& decided) {
    const auto oldest = entries_.find(decided.front().transaction);
    forgotten_us_ = std::max(forgotten_us_, oldest->second.began_us);
    entries_.erase(oldest);
    decided.pop_front();
}

void TransactionTable::evict(std::int64_t now_us) {
    evict(committed_, now_us);
    evict(aborted_, now_us);
}

void TransactionTable::evict(std::deque<Decided>& decided, std::int64_t now_us) {
    while (!decided.empty() && decided.front().time_us + limits::transaction_keep_us <= now_us) {
        forget_oldest(decided);
    }
}

// ---- In a snapshot -----------------------------------------------------------------------------

void TransactionTable::write(ByteWriter& out) const {
    out.i64(forgotten_us_);
    out.u32(static_cast<std::uint32_t>(prepared_.size()));
    for (const auto& transaction : prepared_) {
        const Entry& entry = entries_.at(transaction);
        out.text(encode(*entry.prepare));  // as it stood in the log
        write_outcome(out, entry.vote);
    }
    write_decided(out, committed_);
    write_decided(out, aborted_);
}

void TransactionTable::write_decided(ByteWriter& out, const std::deque<Decided>& decided) const {
    out.u32(static_cast<std::uint32_t>(decided.size()));
    for (const auto& [transaction, time_us] : decided) {
        const Entry& entry = entries_.at(transaction);
        out.text(transaction);
        out.i64(time_us);
        out.i64(entry.began_us);
        out.u64(entry.fingerprint);
        write_outcome(out, entry.vote);
        write_outcome(out, entry.decided);
    }
}

TransactionTable TransactionTable::read(ByteReader& in) {
    TransactionTable table;
    table.forgotten_us_ = in.i64();
    table.read_prepared(in);
    table.read_decided(in, State::committed);
    table.read_decided(in, State::aborted);
    return table;
}

void TransactionTable::read_prepared(ByteReader& in) {
    constexpr std::size_t smallest_prepared_bytes = 4 + smallest_outcome_bytes;
    const auto count = in.count(smallest_prepared_bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Command command = decode(in.text_view());
        if (!std::holds_alternative<PrepareTransaction>(command.action)) {
            throw MalformedBytes("what was prepared is no prepare");
        }
        const auto& transaction = prepare_in(command).transaction;
        if (!prepared_.empty() && transaction <= *prepared_.rbegin()) {
            throw MalformedBytes("the ids of prepared transactions do not rise");
        }
        const Outcome vote = read_outcome(in, last_code);
        if (vote.code != OutcomeCode::prepared) {
            throw MalformedBytes("what was prepared has another vote");
        }
        const auto* close = std::get_if<CloseAuction>(&prepare_in(command).action);
        if (close != nullptr && freezes(close->auction_id) != nullptr) {
            throw MalformedBytes("an auction is frozen twice");
        }
        take(command, vote, 0);
    }
}

void TransactionTable::read_decided(ByteReader& in, State state) {
    constexpr std::size_t smallest_decided_bytes = 4 + 3 * 8 + 2 * smallest_outcome_bytes;
    auto& decided = state == State::committed ? committed_ : aborted_;
    const auto count = in.count(smallest_decided_bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string transaction = in.text();
        const std::int64_t time_us = in.i64();
        Entry entry;
        entry.state = state;
        entry.began_us = in.i64();
        entry.fingerprint = in.u64();
        entry.vote = read_outcome(in, last_code);
        entry.decided = read_outcome(in, last_code);
        if (!entries_.emplace(transaction, std::move(entry)).second) {
            throw MalformedBytes("a transaction stands twice");
        }
        decided.push_back({std::move(transaction), time_us});
    }
}

}  // namespace gavel::auction
