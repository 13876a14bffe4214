#include "services/bidding/bidding_service.h"

namespace gavel::bidding {

BiddingService::BiddingService(Scheduler& scheduler, ServiceClient& auctions)
    : follower_("bidding_service", scheduler, auctions, board_),
      handler_(auctions, board_, [this] { return follower_.connected(); }) {}

}  // namespace gavel::bidding
