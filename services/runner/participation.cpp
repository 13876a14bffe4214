#include "services/runner/participation.h"

#include <utility>

namespace gavel {

Participation::Participation(Scheduler& scheduler, const Options& options,
                             std::unique_ptr<two_phase::Resource> resource,
                             const JSONRequestHandler& service, const std::string& path,
                             std::function<void(const std::string&)> on_fatal)
    : resource_(std::move(resource)), disk_(std::make_unique<Worker>("transactions")) {
    store_ = std::make_unique<two_phase::SqliteParticipantStore>(scheduler, *disk_, path,
                                                                 std::move(on_fatal));
    wire(scheduler, options, *resource_, *store_, service);
}

void Participation::wire(Scheduler& scheduler, const Options& options,
                         two_phase::Resource& resource, two_phase::ParticipantStore& store,
                         const JSONRequestHandler& service) {
    two_phase::ParticipantDriver::Options driver;
    driver.name = options.name;
    driver.token = options.token;
    driver_ = std::make_unique<two_phase::ParticipantDriver>(
        driver,
        two_phase::ParticipantDriver::Parts{scheduler, resource, store, options.coordinators});
    handler_ = std::make_unique<two_phase::ParticipantHandler>(*driver_, service);
}

}  // namespace gavel
