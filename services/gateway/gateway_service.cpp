#include "services/gateway/gateway_service.h"

#include <random>

namespace gavel::gateway {

std::unique_ptr<TransactionPath> GatewayService::make_transactions(const Clients& clients) {
    if (clients.coordinators.empty()) return nullptr;
    std::random_device device;
    return std::make_unique<TransactionPath>(
        clients.coordinators, view_,
        TransactionPath::Options{clients.cluster_token,
                                 std::uniform_int_distribution<std::uint64_t>()(device)});
}

std::vector<ServiceProbes::Service> GatewayService::probed(const Clients& clients) {
    std::vector<ServiceProbes::Service> services = {{"auction service", clients.auctions},
                                                    {"bidding service", clients.bidding},
                                                    {"history service", clients.history}};
    if (clients.notifier != nullptr) services.push_back({"notifier service", *clients.notifier});
    return services;
}

void GatewayService::append_to(MetricsPage& page) const {
    follower_.append_to(page);
    const EventHub::Counters stream = hub_.counters();
    page.gauge("gavel_stream_subscribers", "Open event streams.", {},
               static_cast<double>(stream.subscribers));
    page.gauge("gavel_stream_queued_bytes", "Sent to subscribers who have yet to take it.", {},
               static_cast<double>(stream.queued_bytes));
    page.counter("gavel_stream_events_total", "Events sent, to each subscriber.", {},
                 stream.delivered_events);
    page.counter("gavel_stream_bytes_total", "Bytes sent to subscribers.", {},
                 stream.delivered_bytes);
    page.counter("gavel_stream_slow_subscribers_total",
                 "Disconnected because they read too slowly.", {}, stream.disconnected_slow);
    page.gauge("gavel_auctions", "Auctions that the gateway shows.", {},
               static_cast<double>(view_.auctions().size()));
}

}  // namespace gavel::gateway
