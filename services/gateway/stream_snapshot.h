#pragma once

#include <string>

#include "services/gateway/auctions_view.h"
#include "services/gateway/stream_chunks.h"
#include "services/gateway/stream_window.h"

namespace gavel::gateway {

// The frame that a stream begins with: the newest auctions in order of creation, as many as
// limits.h lets it have, and the newest history events. It lacks its end, which has the time at
// which it is told: snapshot_end().
std::string snapshot_frame(const AuctionsView& view, const StreamWindow& window,
                           const StreamShape& shape);

// What follows snapshot_frame(), with the wall clock's time.
std::string snapshot_end(std::int64_t unix_us);

}  // namespace gavel::gateway
