// Any text as a page of the feed: it is refused, or taken; and the scanner, which takes only pages
// in the auction service's own form, takes them for what the reader of all JSON does.

#include <cstdint>
#include <stdexcept>
#include <string>

#include "common/feed/feed_event.h"
#include "common/feed/feed_page_scanner.h"
#include "tests/fuzz/require.h"

namespace gavel::fuzz {
namespace {

std::string told(const FeedPage& page) {
    std::string text =
        page.log_id + ' ' + std::to_string(page.index) + ' ' + std::to_string(page.head) + '\n';
    for (const auto& event : page.events) {
        text += std::to_string(event.index) + '.' + std::to_string(event.n) + ' ' +
                std::to_string(event.time_us) + ' ' + std::to_string(event.duration_seconds) + ' ' +
                std::to_string(event.closing_time_us) + ' ' + event.name + ' ' +
                event.description.value_or("null") + ' ' + to_string(event.type) + ' ' +
                std::to_string(event.auction_id) + ' ' + history_payload(event) + ' ' +
                format_decimal(event.starting_bid) + ' ' + format_decimal(event.amount) + '\n';
    }
    return text;
}

}  // namespace
}  // namespace gavel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gavel;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto scanned = scan_feed_page(text);
    try {
        const FeedPage read = parse_feed_page(" " + text);  // the space keeps the scanner out
        if (scanned) fuzz::require(fuzz::told(*scanned) == fuzz::told(read), "both read the same");
    } catch (const std::runtime_error&) {
        fuzz::require(!scanned, "the scanner takes nothing that the reader refuses");
    }
    return 0;
}
