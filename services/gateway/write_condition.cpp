#include "services/gateway/write_condition.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "common/http/field_syntax.h"
#include "services/gateway/stream_position.h"

namespace gavel::gateway {
namespace {

constexpr std::string_view lean_mark = "-lean";

// A weak tag (W/) is none here: If-Match compares strongly.
std::optional<StreamEventId> parse_tag(std::string_view tag) {
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
    tag = tag.substr(1, tag.size() - 2);
    if (tag.ends_with(lean_mark)) tag.remove_suffix(lean_mark.size());
    return StreamEventId::parse(tag);
}

}  // namespace

std::uint64_t unchanged_since(std::string_view if_match, const AuctionsView& view,
                              std::uint64_t auction_id) {
    std::uint64_t newest = 0;
    while (!if_match.empty()) {
        const auto element = if_match.substr(0, if_match.find(','));
        if_match.remove_prefix(std::min(if_match.size(), element.size() + 1));
        const auto tag = without_outer_blanks(element);
        if (tag == "*") return std::numeric_limits<std::uint64_t>::max();
        const auto seen = parse_tag(tag);
        if (seen && seen->log_id == view.log_id()) newest = std::max(newest, seen->position.index);
    }
    const auto* const entry = view.find_entry(auction_id);
    const bool is_shown = entry != nullptr && entry->changed_index == newest;
    return is_shown ? std::max(newest, view.index()) : newest;
}

}  // namespace gavel::gateway
