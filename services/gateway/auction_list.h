#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/contract/auction_status.h"
#include "common/http/json_request.h"
#include "common/http/response.h"
#include "common/runtime/scheduler.h"
#include "services/gateway/auctions_view.h"

namespace gavel::gateway {

// Which auctions a reader of the list wants: all of them, or a page.
struct AuctionListWish {
    bool lean = false;
    // A page: so many, those behind the one with this id, those with this status.
    bool paged = false;
    std::size_t limit = 0;
    std::optional<std::uint64_t> after;
    std::optional<contract::AuctionStatus> status;

    // Of `?limit=&after=&status=&bids=`. Throws HTTPError 400 for what is no such value.
    static AuctionListWish read(const JSONRequest& request);
};

// {"auctions": […]} in order of creation, and for a page that is not the last one "next", which is
// what the next page comes after. Throws HTTPError 400 when `after` is no auction's id. A long list
// comes in pieces (answer_in_pieces), all as of now. Borrows the scheduler.
Response list_answer(Scheduler& scheduler, const AuctionsView& view, const AuctionListWish& wish);

}  // namespace gavel::gateway
