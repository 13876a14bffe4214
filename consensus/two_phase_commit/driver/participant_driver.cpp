#include "consensus/two_phase_commit/driver/participant_driver.h"

#include <utility>

#include "common/http/cluster_token.h"
#include "common/logging/logging.h"
#include "consensus/two_phase_commit/driver/fail_points.h"
#include "consensus/two_phase_commit/driver/message_json.h"
#include "consensus/two_phase_commit/driver/rpc_log.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {
namespace {

constexpr std::int64_t load_again_ms = 100;
constexpr std::int64_t inquiry_timeout_ms = 3'000;
constexpr std::size_t max_calls_each = 4;  // about one transaction

void answer_all(std::vector<Responder>& calls, const Response& response) {
    for (const auto& respond : std::exchange(calls, {})) respond(response);
}

}  // namespace

ParticipantDriver::ParticipantDriver(const Options& options, const Parts& parts)
    : options_(options),
      scheduler_(parts.scheduler),
      resource_(parts.resource),
      store_(parts.store),
      coordinators_(parts.coordinators) {}

ParticipantDriver::~ParticipantDriver() {
    *alive_ = false;
    scheduler_.cancel(timer_);
}

void ParticipantDriver::start() {
    load();
}

void ParticipantDriver::load() {
    store_.load([this, alive = alive_](std::optional<ParticipantStore::Stored> stored) {
        if (!*alive) return;
        if (stored) {
            loaded(std::move(*stored));
        } else {
            timer_ = scheduler_.call_after_ms(load_again_ms, [this] { load(); });
        }
    });
}

void ParticipantDriver::loaded(ParticipantStore::Stored stored) {
    ParticipantConfig config;
    config.name = options_.name;
    for (const auto& coordinator : coordinators_) config.coordinators.push_back(coordinator.name);
    core_ = std::make_unique<Participant>(config, stored.records, stored.forgotten_us);
    timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    pump();
}

void ParticipantDriver::tick() {
    timer_ = scheduler_.call_after_ms(options_.tick_ms, [this] { tick(); });
    core_->tick();
    pump();
}

// ---- in ----------------------------------------------------------------------------------------

void ParticipantDriver::ask(const Message& message, const Responder& respond) {
    if (!is_serving()) {
        respond(JSONResponse::unavailable("undecided transactions are being taken up again"));
        return;
    }
    if (waiting_calls_ >= limits::max_waiting_calls) {
        respond(JSONResponse::unavailable("too many transactions wait here, try again"));
        return;
    }
    log_received(message);
    const bool votes = message.type == MessageType::vote_request;
    auto& calls = calls_[message.id];
    auto& waiting = votes ? calls.for_vote : calls.for_decision;
    waiting.push_back(respond);
    ++waiting_calls_;
    if (waiting.size() > max_calls_each) {
        // Who asked first has given up by now.
        waiting.front()(JSONResponse::unavailable("this takes long, ask again"));
        waiting.erase(waiting.begin());
        --waiting_calls_;
    }
    core_->step(message);
    pump();
}

template <class Work>
void ParticipantDriver::with_core(Work work) {
    work(*core_);
    pump();
}

// ---- round and round ---------------------------------------------------------------------------

void ParticipantDriver::pump() {
    if (std::exchange(pumping_, true)) return;
    for (auto output = core_->take_output(); !output.empty(); output = core_->take_output()) {
        for (const auto& damage : output.damage) {
            service_logger("two_phase")->critical("damage at {}: {}", options_.name, damage);
        }
        for (const auto& message : output.handovers) log_handover(message);
        for (auto& record : output.records) force(std::move(record));
        for (auto& effect : output.effects) run(std::move(effect));
        for (const auto& message : output.messages) send(message);
    }
    pumping_ = false;
    if (on_serving_ && is_serving()) std::exchange(on_serving_, nullptr)();
}

void ParticipantDriver::run(Effect effect) {
    const auto id = effect.transaction.id;
    switch (effect.type) {
        case Effect::Type::prepare:
            fail_point("participant_before_prepare");
            resource_.prepare(effect.transaction, [this, alive = alive_,
                                                   id](std::variant<Resource::Yes, Refusal> vote) {
                if (!*alive) return;
                with_core([&](Participant& core) {
                    if (const auto* const yes = std::get_if<Resource::Yes>(&vote)) {
                        core.prepared(id, yes->facts);
                    } else {
                        core.refused(id, std::get<Refusal>(std::move(vote)));
                    }
                });
            });
            break;
        case Effect::Type::restore:
            resource_.restore(effect.transaction, effect.voted, [this, alive = alive_, id] {
                if (!*alive) return;
                fail_point("participant_after_restore");
                with_core([&](Participant& core) { core.restored(id); });
            });
            break;
        case Effect::Type::commit:
            fail_point("participant_before_commit");
            resource_.commit(effect.transaction, effect.facts,
                             [this, alive = alive_, id](const std::string& result) {
                                 if (!*alive) return;
                                 with_core([&](Participant& core) { core.committed(id, result); });
                             });
            break;
        case Effect::Type::abort:
            fail_point("participant_before_abort");
            resource_.abort(effect.transaction, [this, alive = alive_, id] {
                if (!*alive) return;
                fail_point("participant_after_abort");
                with_core([&](Participant& core) { core.aborted(id); });
            });
            break;
    }
}

void ParticipantDriver::force(ParticipantRecord record) {
    const auto state = record.state;
    if (state == ParticipantRecord::State::prepared) {
        fail_point("participant_before_prepared_is_forced");
    } else if (state == ParticipantRecord::State::committed) {
        fail_point("participant_before_commit_is_forced");
    }
    ParticipantBatch batch;
    batch.records = {record};
    batch.forgotten_us = core_->forgotten_us();
    store_.force(std::move(batch), [this, alive = alive_, record = std::move(record)](bool stored) {
        if (!*alive) return;
        if (stored && record.state == ParticipantRecord::State::prepared) {
            fail_point("participant_after_prepared_is_forced");
        } else if (stored && record.state == ParticipantRecord::State::committed) {
            fail_point("participant_after_commit_is_forced");
        }
        with_core([&](Participant& core) {
            if (stored) {
                core.stored(record);
            } else {
                core.not_stored(record);
            }
        });
    });
}

// ---- out ---------------------------------------------------------------------------------------

void ParticipantDriver::send(const Message& message) {
    if (message.type == MessageType::inquiry) {
        inquire(message);
    } else {
        answer(message);
    }
}

// Who is not waiting for it any more will ask again.
void ParticipantDriver::answer(const Message& message) {
    const auto found = calls_.find(message.id);
    if (found == calls_.end()) return;
    auto& calls = found->second;
    const bool votes =
        message.type == MessageType::vote_commit || message.type == MessageType::vote_abort;
    auto& waiting = votes ? calls.for_vote : calls.for_decision;
    if (!waiting.empty()) log_sent(message);
    waiting_calls_ -= waiting.size();
    answer_all(waiting, answer_of(message));
    if (!votes) {
        // It is decided: nobody needs the vote.
        waiting_calls_ -= calls.for_vote.size();
        answer_all(calls.for_vote, JSONResponse::unavailable("it is decided already"));
    }
    if (calls.for_vote.empty() && calls.for_decision.empty()) calls_.erase(message.id);
    if (votes) {
        fail_point("participant_after_vote");
    } else {
        fail_point("participant_after_acknowledgement");
    }
}

void ParticipantDriver::inquire(const Message& message) {
    for (const auto& coordinator : coordinators_) {
        if (coordinator.name != message.to) continue;
        fail_point("participant_before_inquiry");
        log_sent(message);
        auto request = request_of(message);
        request.timeout_ms = inquiry_timeout_ms;
        if (!options_.token.empty()) request.headers.set(cluster_token_header, options_.token);
        coordinator.client.send(std::move(request),
                                [this, alive = alive_, message](const ServiceResult& result) {
                                    if (!*alive) return;
                                    const auto answer = read_answer(message, result);
                                    if (!answer) return;  // it asks again, the next one
                                    log_received(*answer);
                                    with_core([&](Participant& core) { core.step(*answer); });
                                });
        return;
    }
}

}  // namespace gavel::two_phase
