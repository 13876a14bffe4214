#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/http/batch_handler.h"
#include "common/http/http_server.h"
#include "common/http/service_client.h"
#include "common/runtime/event_loop.h"
#include "common/runtime/worker.h"
#include "frontend/frontend_service.h"
#include "services/auction/auction_service.h"
#include "services/bidding/bidding_service.h"
#include "services/gateway/gateway_service.h"
#include "services/history/history_service.h"
#include "services/notifier/notifier_service.h"
#include "services/runner/coordinator_service.h"
#include "services/runner/participation.h"
#include "services/runner/raft_service.h"
#include "services/runner/settings.h"
#include "services/runner/stop_signals.h"
#include "services/runner/view_resource.h"

namespace gavel {

// One running process: the services that its settings ask for, on one event loop. The only place
// that knows all services; each of them reaches the others through a ServiceClient, which is a
// call within the process or HTTP, as the settings have it.
class Process {
  public:
    // Opens data and ports; throws in a sentence that says what to do.
    explicit Process(const Settings& settings);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // Serves until SIGINT or SIGTERM; returns the exit status.
    int run();

  private:
    void make_auction_service();
    void make_bidding_service();
    void make_history_service();
    void make_notifier_service();
    void make_gateway();
    void make_frontend();
    void make_raft_node();
    void make_coordinator();
    bool runs(Service service) const;
    Identity identity() const;
    // The service's handler, as a participant of two-phase commit when there are coordinators.
    const JSONRequestHandler& participating(std::unique_ptr<Participation> participation,
                                            const JSONRequestHandler& service);
    const JSONRequestHandler& participating_view(const std::string& name,
                                                 const JSONRequestHandler& service,
                                                 ViewResource::Carry carry);
    Participation::Options participant_options(const std::string& name);
    bool two_phase() const { return !settings_.coordinator_urls.empty(); }
    // Where a service keeps what it makes of the feed.
    std::string view_path(const std::string& name) const;
    ServiceClient& client_for(const JSONRequestHandler* local, const ServiceURL& url);
    ServiceClient& batching_client_for(const JSONRequestHandler* local, const ServiceURL& url);
    ServiceClient& auctions_client();
    // Of several nodes, of which one leads.
    ServiceClient& cluster_client(const std::string& service, const std::vector<ServiceURL>& urls);
    // The auction service is several nodes, none of them here.
    bool auctions_are_a_cluster() const;
    std::vector<gateway::ClusterStatus::Node> auction_nodes();
    void listen_to_services(const JSONRequestHandler& handler, std::uint16_t port);
    void listen(const JSONRequestHandler& handler, std::uint16_t port);
    void announce() const;
    // What /metrics tells, on each port the same.
    std::string metrics_text() const;
    void shut_down();
    void hand_over(int rounds_left);
    void close_servers();
    void wait_for_connections(int rounds_left);
    void end_at_once(const std::string& why);

    const Settings settings_;
    EventLoop loop_;
    StopSignals stop_signals_;
    Worker resolver_;
    // A service is made after those it calls, and goes before them.
    std::vector<std::unique_ptr<ServiceClient>> clients_;
    std::unique_ptr<auction::AuctionService> auction_;
    std::unique_ptr<RaftService> raft_;
    std::unique_ptr<history::HistoryService> history_;
    std::unique_ptr<notifier::NotifierService> notifier_;
    std::unique_ptr<bidding::BiddingService> bidding_;
    std::unique_ptr<gateway::GatewayService> gateway_;
    std::unique_ptr<frontend::FrontendService> frontend_;
    std::unique_ptr<CoordinatorService> coordinator_;
    std::vector<std::unique_ptr<Participation>> participations_;
    std::vector<std::unique_ptr<BatchHandler>> batch_handlers_;
    std::unique_ptr<RateLimiter> limiter_;  // null: there is no limit
    std::vector<std::unique_ptr<ServiceEdge>> edges_;
    std::vector<std::unique_ptr<HTTPServer>> servers_;
    bool stopping_ = false;
    int exit_status_ = 0;
};

}  // namespace gavel
