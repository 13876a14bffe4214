#pragma once

#include <cstdint>
#include <string_view>

#include "common/http/json_request.h"
#include "services/gateway/auctions_view.h"

namespace gavel::gateway {

// The client wants its write done only if the auction still is what it has seen (RFC 9110, section
// 13.1.1).
inline bool has_condition(const JSONRequest& request) {
    return request.header("If-Match").has_value();
}

// The entry of the log since which the auction must not have changed, so that `If-Match` holds: the
// one that the newest of its tags was made at, or the view's, when that shows that nothing came
// after it; 0, since which every auction has changed, when no tag is of this log. A tag is of one
// auction, and lean or not makes no difference to what it says. "*" is any state.
std::uint64_t unchanged_since(std::string_view if_match, const AuctionsView& view,
                              std::uint64_t auction_id);

}  // namespace gavel::gateway
