#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/feed/feed_follower.h"
#include "common/http/service_client.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/cluster_status.h"
#include "services/gateway/event_hub.h"
#include "services/gateway/gateway_handler.h"
#include "services/gateway/gateway_status.h"
#include "services/gateway/go_dialect_handler.h"
#include "services/gateway/service_probes.h"
#include "services/gateway/write_path.h"

namespace gavel::gateway {

// The gateway, wired: the public face of the platform. Loop thread only; borrows the scheduler
// and the clients, which outlive it.
class GatewayService {
  public:
    struct Clients {
        ServiceClient& auctions;
        ServiceClient& bidding;
        ServiceClient& history;
        ServiceClient* notifier = nullptr;              // null: no notices are told
        std::vector<ServiceClient*> coordinators = {};  // none: no two-phase commit
        std::string cluster_token = {};                 // for the coordinators
        Identity identity = {};                         // who asks, where that can be proved
    };

    // `write_session`: see WritePath. `nodes`: of the auction service, when it is several.
    GatewayService(Scheduler& scheduler, const Clients& clients,
                   std::optional<std::uint64_t> write_session = std::nullopt,
                   std::vector<ClusterStatus::Node> nodes = {},
                   const EventHub::Options& streams = EventHub::Options())
        : view_(scheduler),
          hub_(scheduler, view_, streams),
          follower_("gateway", scheduler, clients.auctions, view_),
          transactions_(make_transactions(clients)),
          writes_(clients.auctions, clients.bidding, write_session, transactions_.get()),
          cluster_(std::move(nodes)),
          probes_(scheduler, probed(clients)),
          status_(
              {scheduler, view_, hub_, probes_, streams.unix_us, clients.identity.knows_bidders()}),
          go_(view_, writes_, clients.history),
          rest_({scheduler, view_, hub_, writes_, clients.auctions, clients.history, cluster_,
                 status_, go_, [this] { return follower_.connected(); }, clients.notifier,
                 transactions_.get(), clients.identity}) {
        view_.when_log_lost([this] { writes_.forget_acknowledged(); });
    }

    // Begins to follow the auction service's feed.
    void start() { follower_.start(); }
    void append_to(MetricsPage& page) const;

    // The REST API and the stream, with the Go dialect's routes beside them.
    const JSONRequestHandler& handler() const { return rest_; }
    // The Go dialect alone.
    const JSONRequestHandler& go_handler() const { return go_; }

  private:
    std::unique_ptr<TransactionPath> make_transactions(const Clients& clients);
    static std::vector<ServiceProbes::Service> probed(const Clients& clients);

    AuctionsView view_;
    EventHub hub_;
    FeedFollower follower_;
    std::unique_ptr<TransactionPath> transactions_;  // null without a coordinator
    WritePath writes_;
    ClusterStatus cluster_;
    ServiceProbes probes_;
    GatewayStatus status_;
    GoDialectHandler go_;
    GatewayHandler rest_;
};

}  // namespace gavel::gateway
