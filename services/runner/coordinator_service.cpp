#include "services/runner/coordinator_service.h"

#include <algorithm>

#include "services/runner/raft_decision_store.h"

namespace gavel {
namespace {

// Whose result is the client's answer.
constexpr const char* answering_participant = "auction_service";

}  // namespace

CoordinatorService::CoordinatorService(Scheduler& scheduler, const Options& options,
                                       const MakeClient& make_client)
    : clock_(scheduler, options.unix_now_us),
      store_(make_store(scheduler, disk_, options)),
      disk_("decisions"),
      driver_(driver_options(options, clock_),
              {scheduler, *store_, links(options.settings, make_client)}),
      handler_(driver_) {}

std::unique_ptr<two_phase::DecisionStore> CoordinatorService::make_store(Scheduler& scheduler,
                                                                         Executor& disk,
                                                                         const Options& options) {
    if (options.decision_nodes != nullptr) {
        return std::make_unique<RaftDecisionStore>(*options.decision_nodes, options.settings.token);
    }
    return std::make_unique<two_phase::SqliteDecisionStore>(scheduler, disk, options.decisions_path,
                                                            options.on_fatal);
}

two_phase::CoordinatorDriver::Options CoordinatorService::driver_options(
    const Options& options, const AnchoredClock& clock) {
    two_phase::CoordinatorDriver::Options made;
    made.name = options.settings.name;
    for (const auto& participant : options.settings.participants) {
        if (participant.name == answering_participant) made.answering = {participant.name};
    }
    if (made.answering.empty()) made.answering = {options.settings.participants.front().name};
    made.vote_time_ms = options.settings.vote_time_ms;
    made.token = options.settings.token;
    made.unix_now_us = [&clock] { return clock.unix_us(); };
    return made;
}

std::vector<two_phase::CoordinatorDriver::ParticipantLink> CoordinatorService::links(
    const CoordinatorSettings& settings, const MakeClient& make_client) {
    std::vector<two_phase::CoordinatorDriver::ParticipantLink> made;
    for (const auto& participant : settings.participants) {
        made.push_back({participant.name, make_client(participant)});
    }
    return made;
}

}  // namespace gavel
