#include "consensus/two_phase_commit/driver/coordinator_driver.h"

#include <algorithm>
#include <utility>

#include "common/http/cluster_token.h"
#include "common/logging/logging.h"
#include "consensus/two_phase_commit/driver/fail_points.h"
#include "consensus/two_phase_commit/driver/message_json.h"
#include "consensus/two_phase_commit/driver/rpc_log.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t decision_timeout_ms = 5'000;
constexpr std::int64_t min_vote_timeout_ms = 50;
constexpr std::int64_t inquiry_patience_ms = 1'000;
// A decision is left to the coordinator that made it for so long.
constexpr std::int64_t take_over_after_us = 2'000'000;

auto log() {
    return service_logger("two_phase");
}

CoordinatorConfig core_config(const CoordinatorDriver::Options& options,
                              const CoordinatorDriver::Parts& parts) {
    CoordinatorConfig config;
    config.name = options.name;
    for (const auto& participant : parts.participants) {
        config.participants.push_back(participant.name);
    }
    config.answering = options.answering;
    config.vote_time_us = options.vote_time_ms * 1'000;
    return config;
}

void fail_point_before(DecisionCommand::Type type) {
    switch (type) {
        case DecisionCommand::Type::begin: fail_point("coordinator_before_begin_is_forced"); break;
        case DecisionCommand::Type::decide:
            fail_point("coordinator_before_decision_is_forced");
            break;
        case DecisionCommand::Type::forget:
            fail_point("coordinator_before_forget_is_forced");
            break;
        default: break;
    }
}

void fail_point_after(DecisionCommand::Type type) {
    switch (type) {
        case DecisionCommand::Type::begin: fail_point("coordinator_after_begin_is_forced"); break;
        case DecisionCommand::Type::decide:
            fail_point("coordinator_after_decision_is_forced");
            break;
        case DecisionCommand::Type::forget: fail_point("coordinator_after_forget_is_forced"); break;
        default: break;
    }
}

// What people read of a transaction, beside the messages.
void log_record(const DecisionCommand& command, const DecisionOutcome& outcome) {
    if (outcome.verdict != DecisionOutcome::Verdict::done) return;
    const auto& record = *outcome.record;
    const auto& id = record.transaction.id;
    const auto& reason = record.refusal.reason;
    const std::string why = reason.empty() ? reason : ", " + reason;
    const auto logger = log();
    switch (command.type) {
        case DecisionCommand::Type::begin:
            logger->info("transaction {} begins: {} {}", id, record.transaction.kind,
                         record.transaction.label);
            break;
        case DecisionCommand::Type::decide:
            logger->info("transaction {} is decided: {}{}", id, name_of(record.decision), why);
            break;
        case DecisionCommand::Type::forget: logger->info("transaction {} is finished", id); break;
        default: break;
    }
}

}  // namespace

CoordinatorDriver::CoordinatorDriver(const Options& options, const Parts& parts)
    : options_(options),
      scheduler_(parts.scheduler),
      store_(parts.store),
      core_(core_config(options, parts)) {
    for (const auto& participant : parts.participants) {
        participants_[participant.name] = &participant.client;
    }
}

CoordinatorDriver::~CoordinatorDriver() {
    *alive_ = false;
    scheduler_.cancel(tick_timer_);
    scheduler_.cancel(sweep_timer_);
    for (const auto& [key, clients] : clients_) {
        for (const auto& client : clients.waiting) scheduler_.cancel(client.deadline);
    }
    for (const auto& inquirer : inquirers_) scheduler_.cancel(inquirer.deadline);
}

void CoordinatorDriver::start() {
    tick_timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    sweep();
}

void CoordinatorDriver::tick() {
    tick_timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    core_.tick(now_us());
    pump();
}

// ---- what was left unfinished ------------------------------------------------------------------

void CoordinatorDriver::sweep() {
    sweep_timer_ = scheduler_.call_after_ms(options_.sweep_ms, [this] { sweep(); });
    if (std::exchange(sweeping_, true)) return;
    DecisionStore::Listing what;
    what.unfinished_only = true;
    what.limit = limits::max_unfinished;
    store_.list(what,
                [this, alive = alive_](const std::optional<std::vector<DecisionRecord>>& records) {
                    if (!*alive) return;
                    sweeping_ = false;
                    if (!records) return;
                    const bool at_start = !std::exchange(store_answers_, true);
                    for (const auto& record : *records) {
                        const bool is_fresh = record.decided_us + take_over_after_us > now_us();
                        if (at_start || !is_fresh) core_.take_over(record, now_us());
                    }
                    pump();
                });
}

// ---- clients -----------------------------------------------------------------------------------

void CoordinatorDriver::begin(Coordinator::Request request, Answered answered) {
    ClientAnswer refused;
    refused.key = request.key;
    if (waiting_clients_ >= limits::max_waiting_clients) {
        refused.kind = ClientAnswer::Kind::full;
        answered(refused);
        return;
    }
    const auto key = request.key;
    auto& clients = clients_[key];
    if (!clients.waiting.empty() && clients.fingerprint != request.fingerprint) {
        refused.kind = ClientAnswer::Kind::other_body;
        answered(refused);
        return;
    }
    const bool is_first = clients.waiting.empty();
    clients.fingerprint = request.fingerprint;
    const auto number = ++last_number_;
    const auto patience_ms = options_.vote_time_ms + options_.client_patience_ms;
    clients.waiting.push_back(
        {number, std::move(answered),
         scheduler_.call_after_ms(patience_ms, [this, key, number] { give_up(key, number); })});
    ++waiting_clients_;
    if (!is_first) return;
    core_.begin(std::move(request), now_us());
    pump();
}

void CoordinatorDriver::answer(const ClientAnswer& answer) {
    auto clients = clients_.extract(answer.key);
    if (clients.empty()) return;
    fail_point("coordinator_before_client_is_answered");
    waiting_clients_ -= clients.mapped().waiting.size();
    for (const auto& client : clients.mapped().waiting) {
        scheduler_.cancel(client.deadline);
        client.answered(answer);
    }
}

void CoordinatorDriver::give_up(const std::string& key, std::uint64_t number) {
    const auto found = clients_.find(key);
    if (found == clients_.end()) return;
    auto& waiting = found->second.waiting;
    const auto client = std::find_if(waiting.begin(), waiting.end(), [number](const auto& entry) {
        return entry.number == number;
    });
    if (client == waiting.end()) return;
    const auto answered = std::move(client->answered);
    waiting.erase(client);
    --waiting_clients_;
    if (waiting.empty()) clients_.erase(found);
    answered(std::nullopt);
}

// ---- participants in doubt ---------------------------------------------------------------------

void CoordinatorDriver::inquire(const Message& message, const Responder& respond) {
    if (inquirers_.size() >= limits::max_waiting_calls) {
        respond(JSONResponse::unavailable("too many participants ask, try again"));
        return;
    }
    log_received(message);
    const auto deadline = scheduler_.call_after_ms(inquiry_patience_ms, [this, message] {
        Message pending;
        pending.type = MessageType::pending;
        pending.from = options_.name;
        pending.to = message.from;
        pending.id = message.id;
        answer_inquirer(pending);
    });
    inquirers_.push_back({message, respond, deadline});
    core_.step(message, now_us());
    pump();
}

// The answer to what it asked is also the decision that it would be told by a call.
bool CoordinatorDriver::answer_inquirer(const Message& message) {
    bool answered = false;
    for (std::size_t i = 0; i < inquirers_.size();) {
        if (inquirers_[i].message.id != message.id || inquirers_[i].message.from != message.to) {
            ++i;
            continue;
        }
        const auto inquirer = inquirers_[i];
        inquirers_.erase(inquirers_.begin() + static_cast<std::ptrdiff_t>(i));
        scheduler_.cancel(inquirer.deadline);
        fail_point("coordinator_before_inquiry_is_answered");
        log_sent(message);
        inquirer.respond(answer_of(message));
        answered = true;
    }
    return answered;
}

// ---- round and round ---------------------------------------------------------------------------

void CoordinatorDriver::pump() {
    if (std::exchange(pumping_, true)) return;
    for (auto output = core_.take_output(); !output.empty(); output = core_.take_output()) {
        for (const auto& damage : output.damage) log()->critical("damage: {}", damage);
        for (const auto& message : output.handovers) log_handover(message);
        for (auto& next : output.commands) command(std::move(next));
        for (const auto& message : output.messages) send(message);
        for (const auto& next : output.answers) answer(next);
    }
    pumping_ = false;
}

void CoordinatorDriver::command(DecisionCommand command) {
    const auto type = command.type;
    const auto name =
        type == DecisionCommand::Type::begin ? command.key + command.replaces : command.id;
    if (!commands_.emplace(type, name).second) return;
    fail_point_before(type);
    store_.apply(command, [this, alive = alive_, command,
                           name](const std::optional<DecisionOutcome>& outcome) {
        if (!*alive) return;
        commands_.erase({command.type, name});
        if (outcome) {
            fail_point_after(command.type);
            log_record(command, *outcome);
            count(command, *outcome);
            core_.stored(command, *outcome, now_us());
        } else {
            core_.not_stored(command);
        }
        pump();
    });
}

void CoordinatorDriver::count(const DecisionCommand& command, const DecisionOutcome& outcome) {
    const bool decided = command.type == DecisionCommand::Type::decide &&
                         outcome.verdict == DecisionOutcome::Verdict::done;
    if (!decided) return;
    ++(outcome.record->decision == Decision::commit ? committed_ : aborted_);
}

void CoordinatorDriver::append_to(MetricsPage& page) const {
    const auto tell = [&page](const char* outcome, std::uint64_t count) {
        page.counter("gavel_transactions_total", "Transactions that were decided, by outcome.",
                     {{"outcome", outcome}}, count);
    };
    tell("committed", committed_);
    tell("aborted", aborted_);
    page.gauge("gavel_transactions_waiting", "Clients that wait for a decision.", {},
               static_cast<double>(waiting_clients_));
}

void CoordinatorDriver::send(const Message& message) {
    if (message.type != MessageType::vote_request && answer_inquirer(message)) return;
    const auto participant = participants_.find(message.to);
    if (participant == participants_.end()) {
        if (message.type == MessageType::pending) return;
        log()->error("transaction {} has the participant {}, which PARTICIPANTS does not name",
                     message.id, message.to);
        return;
    }
    if (message.type != MessageType::pending) post(message, *participant->second);
}

void CoordinatorDriver::post(const Message& message, ServiceClient& client) {
    if (!calls_.emplace(message.type, message.id, message.to).second) return;
    auto request = request_of(message);
    request.timeout_ms = decision_timeout_ms;
    if (message.type == MessageType::vote_request) {
        const auto left_ms = (message.transaction->deadline_us - now_us()) / 1'000;
        request.timeout_ms = std::max(left_ms, min_vote_timeout_ms);
    }
    if (!options_.token.empty()) request.headers.set(cluster_token_header, options_.token);
    log_sent(message);
    client.send(std::move(request), [this, alive = alive_, message](const ServiceResult& result) {
        if (!*alive) return;
        calls_.erase({message.type, message.id, message.to});
        const auto answer = read_answer(message, result);
        if (!answer) return;  // it is asked again
        log_received(*answer);
        core_.step(*answer, now_us());
        if (message.type == MessageType::vote_request) {
            fail_point("coordinator_after_first_vote");
        } else {
            fail_point("coordinator_after_first_acknowledgement");
        }
        pump();
    });
    if (message.type == MessageType::vote_request) {
        fail_point("coordinator_after_first_vote_request");
    } else {
        fail_point("coordinator_after_first_decision_sent");
    }
}

}  // namespace gavel::two_phase
