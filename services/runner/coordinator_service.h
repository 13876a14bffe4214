#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock/anchored_clock.h"
#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/two_phase_commit/driver/coordinator_driver.h"
#include "consensus/two_phase_commit/driver/coordinator_handler.h"
#include "consensus/two_phase_commit/driver/sqlite_decision_store.h"
#include "services/runner/coordinator_settings.h"

namespace gavel {

// A coordinator of two-phase commit, wired: its decisions are in a file of its own, or in the log
// of a cluster, which other coordinators share. Made, used and
// destroyed on the loop's thread; the scheduler and the clients outlive it.
class CoordinatorService {
  public:
    struct Options {
        CoordinatorSettings settings;
        std::string decisions_path;
        ServiceClient* decision_nodes = nullptr;  // borrowed; null: the file
        std::int64_t unix_now_us = 0;             // as the wall clock shows it now
        // A sync failed: what is on disk is unknown, and the process must end.
        std::function<void(const std::string&)> on_fatal;
    };
    // The client of a participant.
    using MakeClient =
        std::function<ServiceClient&(const CoordinatorSettings::Participant& participant)>;

    // Opens the file; throws in a sentence that says what to do when that is impossible.
    CoordinatorService(Scheduler& scheduler, const Options& options, const MakeClient& make_client);

    void start() { driver_.start(); }
    const JSONRequestHandler& handler() const { return handler_; }
    void append_to(MetricsPage& page) const { driver_.append_to(page); }

  private:
    static two_phase::CoordinatorDriver::Options driver_options(const Options& options,
                                                                const AnchoredClock& clock);
    static std::vector<two_phase::CoordinatorDriver::ParticipantLink> links(
        const CoordinatorSettings& settings, const MakeClient& make_client);

    static std::unique_ptr<two_phase::DecisionStore> make_store(Scheduler& scheduler,
                                                                Executor& disk,
                                                                const Options& options);

    AnchoredClock clock_;
    std::unique_ptr<two_phase::DecisionStore> store_;
    Worker disk_;  // after the store that its tasks use, so that it is joined before that goes
    two_phase::CoordinatorDriver driver_;
    two_phase::CoordinatorHandler handler_;
};

}  // namespace gavel
