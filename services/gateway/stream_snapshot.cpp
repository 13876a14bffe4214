#include "services/gateway/stream_snapshot.h"

#include <algorithm>
#include <vector>

#include "common/clock/clock.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

struct Shown {
    std::vector<const contract::AuctionDocument*> auctions;  // in order of creation
    bool truncated = false;
};

Shown choose(const AuctionsView& view, const StreamShape& shape) {
    Shown shown;
    if (shape.auction_id) {
        if (const auto* auction = view.find(*shape.auction_id)) shown.auctions.push_back(auction);
        return shown;
    }
    std::size_t bytes = 0;
    const auto& all = view.auctions();
    for (auto auction = all.rbegin(); auction != all.rend(); ++auction) {
        bytes += (*auction)->size_bytes((*auction)->current(), shape.lean);
        const bool fits = shown.auctions.size() < limits::snapshot_auctions &&
                          (bytes <= limits::snapshot_bytes || shown.auctions.empty());
        if (!fits) {
            shown.truncated = true;
            break;
        }
        shown.auctions.push_back(*auction);
    }
    std::reverse(shown.auctions.begin(), shown.auctions.end());
    return shown;
}

}  // namespace

std::string snapshot_frame(const AuctionsView& view, const StreamWindow& window,
                           const StreamShape& shape) {
    const Shown shown = choose(view, shape);
    const bool at_event = view.last_event_index() == view.index();
    std::string text =
        "id: " + event_id(view.log_id(), view.index(), at_event ? view.last_event_n() : 0);
    text += "\nevent: snapshot\ndata: {\"auctions\":[";
    for (const auto* auction : shown.auctions) {
        if (text.back() != '[') text += ',';
        auction->append_json(text, auction->current(), shape.lean);
    }
    text += R"(],"events":[)";
    text += window.recent_history(limits::snapshot_events, shape.auction_id);
    text += shown.truncated ? R"(],"truncated":true)" : "]";
    return text;
}

std::string snapshot_end(std::int64_t unix_us) {
    return R"(,"time":)" + unix_seconds_text(unix_us) + "}\n\n";
}

}  // namespace gavel::gateway
