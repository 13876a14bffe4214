#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "consensus/two_phase_commit/driver/participant_driver.h"
#include "consensus/two_phase_commit/driver/participant_handler.h"
#include "consensus/two_phase_commit/driver/sqlite_participant_store.h"

namespace gavel {

// A service as a participant of two-phase commit, wired: its resource, where its promises are kept,
// and the handler that stands in front of its own. Loop thread only.
class Participation {
  public:
    struct Options {
        std::string name;
        std::string token;                                                    // CLUSTER_TOKEN
        std::vector<two_phase::ParticipantDriver::Coordinator> coordinators;  // borrowed clients
    };

    // The promises are kept in a file of their own, "" or ":memory:" in none. Borrows scheduler and
    // service. Throws when the file cannot be used.
    Participation(Scheduler& scheduler, const Options& options,
                  std::unique_ptr<two_phase::Resource> resource, const JSONRequestHandler& service,
                  const std::string& path, std::function<void(const std::string&)> on_fatal);
    // The resource keeps its promises itself.
    template <class Resource>
    Participation(Scheduler& scheduler, const Options& options, std::unique_ptr<Resource> resource,
                  const JSONRequestHandler& service)
        : Participation(scheduler, options, *resource, service) {
        resource_ = std::move(resource);
    }

    void start() { driver_->start(); }
    const JSONRequestHandler& handler() const { return *handler_; }

  private:
    template <class Resource>
    Participation(Scheduler& scheduler, const Options& options, Resource& resource,
                  const JSONRequestHandler& service) {
        wire(scheduler, options, resource, resource, service);
    }
    void wire(Scheduler& scheduler, const Options& options, two_phase::Resource& resource,
              two_phase::ParticipantStore& store, const JSONRequestHandler& service);

    std::unique_ptr<two_phase::Resource> resource_;
    std::unique_ptr<two_phase::SqliteParticipantStore> store_;
    std::unique_ptr<Worker> disk_;  // goes before the store that its tasks use
    std::unique_ptr<two_phase::ParticipantDriver> driver_;
    std::unique_ptr<two_phase::ParticipantHandler> handler_;
};

}  // namespace gavel
