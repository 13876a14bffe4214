#include "services/auction/heads_notice.h"

#include "common/logging/logging.h"
#include "services/auction/utc_day.h"

namespace gavel::auction {

void HeadsNotice::look(const AuctionBook& book) {
    const auto& days = book.daily_heads().days();
    if (days.size() == told_) return;
    skip(book);
    if (days.empty()) return;
    const HeadsOfDay& day = days.back();
    service_logger("auction_service")
        ->info("heads of {}: {} auctions, up to index {}, sha256 {}", utc_day_text(day.day),
               day.heads.size(), day.index, to_hex(bytes_of(day.sha256)));
}

}  // namespace gavel::auction
