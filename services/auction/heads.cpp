#include "services/auction/heads.h"

#include <algorithm>
#include <utility>

#include "services/auction/json_members.h"
#include "services/auction/utc_day.h"

namespace gavel::auction {
namespace {

// About 120 KiB.
constexpr std::size_t piece_heads = 1'000;

void append_head(std::string& out, const ChainHead& head) {
    out += '{';
    JSONMembers members(out);
    members.text("auction_id", std::to_string(head.auction_id));
    members.number("acts", head.acts);
    members.hex("head", bytes_of(head.hash));
    out += "}\n";
}

std::string header_of(const HeadsOfDay& day) {
    std::string out = "{";
    JSONMembers members(out);
    members.text("gavel", "heads");
    members.number("version", 2);
    members.text("day", utc_day_text(day.day));
    members.hex("before", bytes_of(day.before));
    members.number("index", static_cast<std::int64_t>(day.index));
    members.number("time_us", day.time_us);
    members.number("auctions", static_cast<std::int64_t>(day.heads.size()));
    return out + "}\n";
}

}  // namespace

HeadsWriter::HeadsWriter(std::string_view log_id, std::uint64_t index, std::int64_t time_us,
                         std::vector<ChainHead> heads)
    : header_("{"), heads_(std::move(heads)) {
    JSONMembers members(header_);
    members.text("gavel", "heads");
    members.number("version", 1);
    members.text("log_id", log_id);
    members.number("index", static_cast<std::int64_t>(index));
    members.number("time_us", time_us);
    members.number("auctions", static_cast<std::int64_t>(heads_.size()));
    header_ += "}\n";
}

HeadsWriter::HeadsWriter(const HeadsOfDay& day) : header_(header_of(day)), heads_(day.heads) {}

void HeadsWriter::append_piece(std::string& out) {
    out += std::exchange(header_, {});
    const std::size_t end = std::min(heads_.size(), next_ + piece_heads);
    for (; next_ < end; ++next_) append_head(out, heads_[next_]);
}

std::string HeadsWriter::rest() {
    std::string text;
    while (!finished()) append_piece(text);
    return text;
}

}  // namespace gavel::auction
