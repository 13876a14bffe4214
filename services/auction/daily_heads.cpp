#include "services/auction/daily_heads.h"

#include <algorithm>
#include <map>
#include <utility>

#include "services/auction/acts.h"
#include "services/auction/proof.h"
#include "services/auction/utc_day.h"

namespace gavel::auction {
namespace {

constexpr std::size_t head_bytes = 8 + 4 + 4 + 32;
constexpr std::size_t smallest_day_bytes = 8 + 8 + 8 + 4;

Digest read_digest(ByteReader& in) {
    Digest digest{};
    const auto bytes = in.text_view();
    if (bytes.size() != digest.size()) throw MalformedBytes("a hash has another size");
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

// What an auction's chain has been at the end of each day on which something was done to it.
void add_days(const Auction& auction, std::map<std::int64_t, HeadsOfDay>& days) {
    JournalPlace place;
    Digest hash{};
    while (place.n < auction.journal.acts) {
        const Act act = read_act(auction, place);
        hash = sha256_of({act_line(auction, act, place.n, hash)});
        HeadsOfDay& day = days[utc_day_of(act.time_us)];
        if (act.index > day.index) {
            day.index = act.index;
            day.time_us = act.time_us;
        }
        if (hides_its_bids(auction, act.status)) continue;
        const bool is_first = day.heads.empty() || day.heads.back().auction_id != auction.id;
        if (is_first) day.heads.emplace_back();
        day.heads.back() = {auction.id, place.n, hash};
    }
}

}  // namespace

const HeadsOfDay* DailyHeads::find(std::int64_t day) const {
    const auto found = std::lower_bound(
        days_.begin(), days_.end(), day,
        [](const HeadsOfDay& heads, std::int64_t wanted) { return heads.day < wanted; });
    return found == days_.end() || found->day != day ? nullptr : &*found;
}

void DailyHeads::acted(const Auction& auction, std::int64_t before_us) {
    const Journal& journal = auction.journal;
    if (end_us_ == never) begin_day(journal.last_us);
    if (before_us < begin_us_) acted_.push_back(auction.id);
    last_index_ = journal.last_index;
    last_us_ = journal.last_us;
}

void DailyHeads::begin_day(std::int64_t time_us) {
    begin_us_ = utc_day_of(time_us) * us_a_day;
    end_us_ = std::min(begin_us_, never - us_a_day - 1) + us_a_day;
}

void DailyHeads::end_day(const Find& find) {
    HeadsOfDay day{utc_day_of(begin_us_), last_index_, last_us_, {}, {}, {}};
    for (const AuctionId id : std::exchange(acted_, {})) {
        const Auction& auction = find(id);
        if (hides_its_bids(auction)) continue;
        day.heads.push_back({id, auction.journal.acts, auction.journal.head});
    }
    end_us_ = never;
    keep(std::move(day));
}

void DailyHeads::keep(HeadsOfDay day) {
    std::sort(day.heads.begin(), day.heads.end(),
              [](const ChainHead& a, const ChainHead& b) { return a.auction_id < b.auction_id; });
    if (!days_.empty()) day.before = days_.back().sha256;
    day.sha256 = sha256_of({HeadsWriter(day).rest()});
    days_.push_back(std::move(day));
}

DailyHeads DailyHeads::of(const std::vector<std::unique_ptr<Auction>>& auctions,
                          std::int64_t now_us) {
    std::map<std::int64_t, HeadsOfDay> days;
    for (const auto& auction : auctions) add_days(*auction, days);
    DailyHeads daily;
    for (auto& [number, day] : days) {
        if (number >= utc_day_of(now_us)) break;
        day.day = number;
        daily.keep(std::move(day));
    }
    daily.take_up(auctions);
    return daily;
}

void DailyHeads::take_up(const std::vector<std::unique_ptr<Auction>>& auctions) {
    const std::int64_t last_day = days_.empty() ? -1 : days_.back().day;
    for (const auto& auction : auctions) {
        const Journal& journal = auction->journal;
        if (!journal.is_kept() || utc_day_of(journal.last_us) <= last_day) continue;
        begin_day(journal.last_us);
        acted_.push_back(auction->id);
        if (journal.last_index < last_index_) continue;
        last_index_ = journal.last_index;
        last_us_ = journal.last_us;
    }
}

void DailyHeads::write(ByteWriter& out) const {
    out.u32(static_cast<std::uint32_t>(days_.size()));
    for (const auto& day : days_) {
        out.i64(day.day);
        out.u64(day.index);
        out.i64(day.time_us);
        out.u32(static_cast<std::uint32_t>(day.heads.size()));
        for (const auto& head : day.heads) {
            out.u64(head.auction_id);
            out.u32(head.acts);
            out.text(bytes_of(head.hash));
        }
    }
}

DailyHeads DailyHeads::read(ByteReader& in, const std::vector<std::unique_ptr<Auction>>& auctions) {
    DailyHeads daily;
    const auto day_count = in.count(smallest_day_bytes);
    for (std::uint32_t i = 0; i < day_count; ++i) {
        HeadsOfDay day;
        day.day = in.i64();
        day.index = in.u64();
        day.time_us = in.i64();
        const bool rises = daily.days_.empty() || day.day > daily.days_.back().day;
        if (!rises || day.time_us < 0 || utc_day_of(day.time_us) != day.day) {
            throw MalformedBytes("the heads of a day are not those of their day");
        }
        day.heads.resize(in.count(head_bytes));
        AuctionId before = 0;
        for (auto& head : day.heads) {
            head.auction_id = in.u64();
            head.acts = in.u32();
            head.hash = read_digest(in);
            if (head.auction_id <= std::exchange(before, head.auction_id) || head.acts == 0) {
                throw MalformedBytes("the heads of a day are not in order");
            }
        }
        daily.keep(std::move(day));
    }
    daily.take_up(auctions);
    return daily;
}

}  // namespace gavel::auction
