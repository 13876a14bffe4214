#include "services/runner/auction_resource.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/crypto/sha256.h"
#include "common/http/http_error.h"
#include "common/http/unchanged_since.h"
#include "common/limits.h"
#include "common/logging/logging.h"
#include "services/auction/auction_answers.h"
#include "services/auction/create_request.h"
#include "services/auction/house_rules.h"
#include "services/auction/idempotency.h"
#include "services/auction/rules/limits.h"
#include "services/runner/transaction_terms.h"

namespace gavel {

using auction::Command;
using auction::Outcome;
using auction::OutcomeCode;
using nlohmann::json;

namespace {

constexpr std::int64_t again_ms = 50;

// What the participant needs again after a restart. The payload is in the command itself.
std::string memo_of(const two_phase::Transaction& transaction) {
    two_phase::ParticipantRecord record;
    record.transaction = transaction;
    record.transaction.payload.clear();
    return record.encode();
}

Command prepare_command(const two_phase::Transaction& transaction, const TransactionTerms& terms) {
    auction::PrepareTransaction prepare;
    prepare.transaction = transaction.id;
    prepare.began_us = transaction.began_us;
    prepare.memo = memo_of(transaction);
    if (prepare.memo.size() > limits::max_transaction_memo_bytes) {
        throw bad_request("the transaction has too many participants");
    }
    std::string path = "/auctions";
    if (terms.kind == TransactionKind::create) {
        auto create = auction::read_create(terms.request);
        if (create.terms) create.seed = random_bytes(limits::seed_bytes);
        prepare.action = std::move(create);
    } else {
        prepare.action = auction::CloseAuction{terms.auction_id};
        path += "/" + std::to_string(terms.auction_id) + "/close";
    }
    Command command;
    if (terms.idempotency_key) {
        command.idempotency =
            auction::idempotency_key("POST", path, *terms.idempotency_key, terms.request);
    }
    command.action = std::move(prepare);
    return command;
}

// Nothing was done, or it was done before: what the client is told.
two_phase::Refusal refusal_of(const Outcome& outcome) {
    if (outcome.code == OutcomeCode::accepted) {
        return {409, "there is nothing to change", result_json(outcome)};
    }
    const auto answer = auction::answer_for(outcome, nullptr, 200, true);
    const auto body = json::parse(answer.body);
    const bool locked = outcome.code == OutcomeCode::in_transaction;
    return {locked ? two_phase::Refusal::locked : answer.status, body.value("error", ""),
            json({{"index", outcome.index}}).dump()};
}

}  // namespace

AuctionResource::AuctionResource(Scheduler& scheduler, auction::AuctionEngine& engine,
                                 std::function<bool()> may_load)
    : scheduler_(scheduler), engine_(engine), may_load_(std::move(may_load)) {}

AuctionResource::~AuctionResource() {
    *alive_ = false;
}

std::string AuctionResource::facts_of(const Outcome& vote) const {
    json facts = {{"auction_id", std::to_string(vote.auction_id)}};
    if (const auto* auction = engine_.live().book().find(vote.auction_id)) {
        facts["winner"] = auction::winner_if_closed(*auction);
        facts["price"] =
            json::parse(format_decimal({auction->current_bid().units, Money::Notation::decimal}));
    }
    return facts.dump();
}

void AuctionResource::prepare(const two_phase::Transaction& transaction, Prepared done) {
    TransactionTerms terms;
    Command command;
    try {
        terms = TransactionTerms::read(transaction);
        command = prepare_command(transaction, terms);
    } catch (const HTTPError& error) {
        done(two_phase::Refusal{error.status(), error.what(), ""});
        return;
    }
    auction::Done told = [this, alive = alive_, done = std::move(done)](auction::Refusal refusal,
                                                                        const Outcome* outcome) {
        if (!*alive) return;
        switch (refusal) {
            case auction::Refusal::none: break;
            case auction::Refusal::overloaded:
            case auction::Refusal::log_full:
                done(two_phase::Refusal{503, "the auction service cannot store this now, try again",
                                        ""});
                return;
            // Nothing of it is in the log. Whoever asks again is told so again: no auction changes
            // back.
            case auction::Refusal::changed:
                done(two_phase::Refusal{412, changed_message, ""});
                return;
            // It may be in the log, where whoever asks next finds it.
            default: return;
        }
        if (outcome->code == OutcomeCode::prepared) {
            done(Yes{facts_of(*outcome)});
        } else {
            done(refusal_of(*outcome));
        }
    };
    // What was answered before has that answer, though it has itself changed the auction since.
    if (terms.unchanged_since && !engine_.live().book().first_outcome(command)) {
        engine_.submit_if({terms.auction_id, *terms.unchanged_since}, std::move(command),
                          std::move(told));
    } else {
        engine_.submit(std::move(command), std::move(told));
    }
}

// The book holds what it held.
void AuctionResource::restore(const two_phase::Transaction&, const std::string&,
                              std::function<void()> done) {
    done();
}

void AuctionResource::commit(const two_phase::Transaction& transaction, const two_phase::Facts&,
                             Committed done) {
    Command command;
    command.action = auction::CommitTransaction{transaction.id};
    decide(command, [id = transaction.id, done = std::move(done)](const Outcome& outcome) {
        if (outcome.code == OutcomeCode::accepted) {
            done(result_json(outcome));
            return;
        }
        service_logger("two_phase")
            ->critical("damage: the auction book refuses the commit of transaction {}", id);
        done("");
    });
}

void AuctionResource::abort(const two_phase::Transaction& transaction, std::function<void()> done) {
    Command command;
    command.action = auction::AbortTransaction{transaction.id};
    decide(command, [id = transaction.id, done = std::move(done)](const Outcome& outcome) {
        if (outcome.code != OutcomeCode::aborted) {
            service_logger("two_phase")
                ->critical("damage: the auction book refuses the abort of transaction {}", id);
        }
        done();
    });
}

// A decision is carried out, however long there is no room for it.
void AuctionResource::decide(const Command& command, Decided decided) {
    engine_.submit(command, [this, alive = alive_, command, decided = std::move(decided)](
                                auction::Refusal refusal, const Outcome* outcome) {
        if (!*alive) return;
        if (refusal == auction::Refusal::none) {
            decided(*outcome);
        } else if (refusal == auction::Refusal::overloaded ||
                   refusal == auction::Refusal::log_full) {
            scheduler_.call_after_ms(again_ms, [this, alive, command, decided] {
                if (*alive) decide(command, decided);
            });
        }
    });
}

void AuctionResource::load(std::function<void(std::optional<Stored>)> done) {
    if (!may_load_()) {
        done(std::nullopt);
        return;
    }
    using State = two_phase::ParticipantRecord::State;
    const auto& table = engine_.live().book().transactions();
    Stored stored;
    stored.forgotten_us = table.forgotten_us();
    for (const auto& id : table.prepared()) {
        const auto& entry = *table.find(id);
        auto record = two_phase::ParticipantRecord::decode(
            std::get<auction::PrepareTransaction>(entry.prepare->action).memo);
        record.facts = facts_of(entry.vote);
        stored.records.push_back(std::move(record));
    }
    const auto add = [&](const auto& decided, State state) {
        for (const auto& [id, time_us] : decided) {
            two_phase::ParticipantRecord record;
            record.transaction.id = id;
            record.transaction.began_us = table.find(id)->began_us;
            record.state = state;
            stored.records.push_back(std::move(record));
        }
    };
    add(table.committed(), State::committed);
    add(table.aborted(), State::aborted);
    done(std::move(stored));
}

}  // namespace gavel
