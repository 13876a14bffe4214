#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/feed/feed_event.h"

namespace gavel {

// Times of events are below it, or the page is refused: a double tells microseconds apart up to
// there (2^33 seconds: the year 2242).
inline constexpr std::int64_t feed_time_limit_seconds = 8'589'934'592;

// Reads a page in exactly the form that to_json_text() and the auction service write, without a
// JSON reader: several times as fast, which is what a start over a long log consists of. Nothing
// for any other text, strings with escapes or other letters than ASCII among it: those are for the
// reader of all JSON, which gives the same page.
std::optional<FeedPage> scan_feed_page(std::string_view text);

}  // namespace gavel
