#include "services/notifier/auction_standings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/feed/feed_event.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "common/runtime/courtesy.h"
#include "services/notifier/limits.h"

namespace gavel::notifier {
const char* AuctionStandings::schema = R"(
    CREATE TABLE leaders(
        log_id TEXT NOT NULL,
        auction_id INTEGER NOT NULL,
        leader TEXT NOT NULL,
        PRIMARY KEY(log_id, auction_id)
    ) WITHOUT ROWID;
    CREATE TABLE bidders(
        log_id TEXT NOT NULL,
        auction_id INTEGER NOT NULL,
        idx INTEGER NOT NULL,  -- of the page
        names TEXT NOT NULL,   -- JSON strings, each with a comma behind it
        PRIMARY KEY(log_id, auction_id, idx)
    ) WITHOUT ROWID;
)";

AuctionStandings::AuctionStandings(Database& database)
    : database_(database),
      read_leader_(database, "SELECT leader FROM leaders WHERE log_id = ?1 AND auction_id = ?2"),
      write_leader_(database,
                    "INSERT INTO leaders(log_id, auction_id, leader) VALUES(?1, ?2, ?3)"
                    " ON CONFLICT DO UPDATE SET leader = excluded.leader"),
      add_bidders_(database,
                   "INSERT INTO bidders(log_id, auction_id, idx, names) VALUES(?1, ?2, ?3, ?4)"
                   " ON CONFLICT DO UPDATE SET names = names || excluded.names"),
      read_bidders_(database, "SELECT names FROM bidders WHERE log_id = ?1 AND auction_id = ?2") {}

void AuctionStandings::take_in(const FeedPage& page, NoticeKinds wanted,
                               const std::function<void(const Notice&)>& tell) {
    tells_outbid_ = (wanted & bit_of(Notice::Kind::outbid)) != 0;
    // What a page that was not written has left.
    known_.clear();
    new_bidders_.clear();
    const bool was_kept = std::exchange(kept_, false);
    if (!was_kept || log_id_ != page.log_id || noted_count_ > limits::max_noted_bidders) {
        noted_.clear();
        noted_count_ = 0;
    }
    log_id_ = page.log_id;
    const std::span<const FeedEvent> events(page.events);
    Courtesy courtesy(page.index < page.head);
    for (std::size_t begin = 0; begin < events.size();) {
        const auto& first = events[begin];
        std::size_t end = begin + 1;
        while (end < events.size() && events[end].index == first.index &&
               events[end].auction_id == first.auction_id) {
            ++end;
        }
        take_in_entry(events.subspan(begin, end - begin), page.log_id, tell);
        begin = end;
        courtesy.step();
    }
    finish_page(page);
}

void AuctionStandings::take_in_entry(std::span<const FeedEvent> events, const std::string& log_id,
                                     const std::function<void(const Notice&)>& tell) {
    const Auction auction = events.front().auction_id;
    for (const auto& event : events) {
        if (event.type == FeedEvent::Type::bid) note_bidder(event);
    }
    const bool plain = events.size() == 1 && events.front().type == FeedEvent::Type::bid;
    if (plain && !tells_outbid_) {  // the usual entry: nobody else is concerned
        standing(log_id, auction).leader = events.front().bidder;
        return;
    }
    bool over = false;
    const auto notices = notices_of(events, standing(log_id, auction), [&] {
        over = true;
        return bidders(log_id, auction);
    });
    for (const auto& notice : notices) tell(notice);
    if (over) forget(log_id, auction);
}

AuctionStanding& AuctionStandings::standing(const std::string& log_id, Auction auction) {
    const auto [place, is_new] = known_.try_emplace(auction);
    if (is_new) {
        const Resetting resetting(read_leader_);
        if (read_leader_.bind_text(1, log_id).bind(2, auction).step()) {
            place->second.before.leader = read_leader_.column_bytes(0);
        }
        place->second.now = place->second.before;
    }
    return place->second.now;
}

void AuctionStandings::note_bidder(const FeedEvent& bid) {
    if (!noted_[bid.auction_id].insert(bid.bidder).second) return;
    ++noted_count_;
    std::string& names = new_bidders_[bid.auction_id];
    append_json_string(names, bid.bidder);
    names += ',';
}

std::vector<std::string> AuctionStandings::bidders(const std::string& log_id, Auction auction) {
    const Resetting resetting(read_bidders_);
    read_bidders_.bind_text(1, log_id).bind(2, auction);
    std::string list = "[" + new_bidders_[auction];
    while (read_bidders_.step()) list += read_bidders_.column_bytes(0);
    if (list.size() == 1) return {};
    list.back() = ']';
    std::set<std::string> names;
    for (const auto& name : nlohmann::json::parse(list)) {
        if (names.size() == limits::max_told_bidders) break;
        names.insert(name.get<std::string>());
    }
    return {names.begin(), names.end()};
}

void AuctionStandings::forget(const std::string& log_id, Auction auction) {
    for (const char* sql : {"DELETE FROM bidders WHERE log_id = ?1 AND auction_id = ?2",
                            "DELETE FROM leaders WHERE log_id = ?1 AND auction_id = ?2"}) {
        Statement(database_, sql).bind_text(1, log_id).bind(2, auction).run();
    }
    known_.erase(auction);
    new_bidders_.erase(auction);
    noted_count_ -= noted_[auction].size();
    noted_.erase(auction);
}

void AuctionStandings::finish_page(const FeedPage& page) {
    for (const auto& [auction, known] : known_) {
        if (known.now == known.before) continue;
        write_leader_.bind_text(1, page.log_id).bind(2, auction);
        write_leader_.bind_text(3, known.now.leader).run();
    }
    for (const auto& [auction, names] : new_bidders_) {
        add_bidders_.bind_text(1, page.log_id).bind(2, auction).bind(3, page.index);
        add_bidders_.bind_text(4, names).run();
    }
    known_.clear();
    new_bidders_.clear();
}

}  // namespace gavel::notifier
