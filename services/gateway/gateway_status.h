#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/http/response.h"
#include "common/runtime/scheduler.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/event_hub.h"
#include "services/gateway/service_probes.h"

namespace gavel::gateway {

// What this gateway tells people who watch it: its clock, what it streams, how far it has come in
// the log, and whether the services behind it can serve. Loop thread only; borrows everything.
class GatewayStatus {
  public:
    struct Parts {
        Scheduler& scheduler;
        const AuctionsView& view;
        const EventHub& hub;
        ServiceProbes& probes;
        std::function<std::int64_t()> unix_us;
        bool wants_tokens = false;  // some requests need a bidder's token
    };

    explicit GatewayStatus(Parts parts)
        : parts_(std::move(parts)), started_us_(parts_.scheduler.now_us()) {}

    // Answers once the services have said how they are. The probes' callbacks end with them, so
    // they must not outlive this.
    void read(const Responder& respond);

  private:
    std::string render(const std::vector<ServiceProbes::Finding>& services) const;

    const Parts parts_;
    const std::int64_t started_us_;
};

}  // namespace gavel::gateway
