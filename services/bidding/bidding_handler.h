#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "common/http/json_request_handler.h"
#include "common/http/service_client.h"
#include "common/metrics/metrics_page.h"
#include "services/bidding/price_board.h"

namespace gavel::bidding {

// The HTTP side of the bidding service: validates, screens hopeless bids and passes the others on
// to the auction service, whose book alone decides. Loop thread only; borrows everything.
class BiddingHandler : public JSONRequestHandler {
  public:
    // `connected` tells whether the feed comes. Nothing is screened while it does not: the board
    // may then show another log than the one that would decide.
    BiddingHandler(ServiceClient& auctions, const PriceBoard& board,
                   std::function<bool()> connected);

    void append_to(MetricsPage& page) const;

  private:
    JSONResponse validate_bid(const JSONRequest& request);
    void place_bid(const JSONRequest& request, const Responder& respond);
    void place_bids(const JSONRequest& request, const Responder& respond);
    JSONResponse livez(const JSONRequest& request);
    JSONResponse readyz(const JSONRequest& request);

    // The refusal of a bid that cannot succeed; nothing for one that must go on.
    std::optional<JSONResponse> screen(const JSONRequest& request);
    void forward(const JSONRequest& request, const Responder& respond);

    ServiceClient& auctions_;
    const PriceBoard& board_;
    std::function<bool()> connected_;
    std::array<std::uint64_t, 4> screened_{};  // by Admission
};

}  // namespace gavel::bidding
