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

}  // namespace gavel::gateway
