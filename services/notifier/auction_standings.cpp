#include "services/notifier/auction_standings.h"

#include <algorithm>

#include "common/feed/feed_event.h"
#include "common/limits.h"

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
        bidder TEXT NOT NULL,
        PRIMARY KEY(log_id, auction_id, bidder)
    ) WITHOUT ROWID;
)";

AuctionStandings::AuctionStandings(Database& database)
    : database_(database),
      read_leader_(database, "SELECT leader FROM leaders WHERE log_id = ?1 AND auction_id = ?2"),
      write_leader_(database,
                    "INSERT INTO leaders(log_id, auction_id, leader) VALUES(?1, ?2, ?3)"
                    " ON CONFLICT DO UPDATE SET leader = excluded.leader"),
      add_bidder_(database,
                  "INSERT INTO bidders(log_id, auction_id, bidder) VALUES(?1, ?2, ?3)"
                  " ON CONFLICT DO NOTHING"),
      read_bidders_(database,
                    "SELECT bidder FROM bidders WHERE log_id = ?1 AND auction_id = ?2"
                    " ORDER BY bidder LIMIT ?3") {}

void AuctionStandings::take_in(const FeedPage& page,
                               const std::function<void(const Notice&)>& tell) {
    known_.clear();  // what a page that was not written has left
    noted_.clear();
    const std::span<const FeedEvent> events(page.events);
    for (std::size_t begin = 0; begin < events.size();) {
        const auto& first = events[begin];
        std::size_t end = begin + 1;
        while (end < events.size() && events[end].index == first.index &&
               events[end].auction_id == first.auction_id) {
            ++end;
        }
        take_in_entry(events.subspan(begin, end - begin), page.log_id, tell);
        begin = end;
    }
    finish_page(page.log_id);
}

void AuctionStandings::take_in_entry(std::span<const FeedEvent> events, const std::string& log_id,
                                     const std::function<void(const Notice&)>& tell) {
    const Auction auction = events.front().auction_id;
    for (const auto& event : events) {
        if (event.type == FeedEvent::Type::bid) note_bidder(log_id, event);
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

void AuctionStandings::note_bidder(const std::string& log_id, const FeedEvent& bid) {
    if (!noted_.emplace(bid.auction_id, bid.bidder).second) return;
    add_bidder_.bind_text(1, log_id).bind(2, bid.auction_id).bind_text(3, bid.bidder).run();
}

std::vector<std::string> AuctionStandings::bidders(const std::string& log_id, Auction auction) {
    const Resetting resetting(read_bidders_);
    read_bidders_.bind_text(1, log_id).bind(2, auction);
    read_bidders_.bind(3, std::uint64_t{limits::max_told_bidders});
    std::vector<std::string> names;
    while (read_bidders_.step()) names.emplace_back(read_bidders_.column_bytes(0));
    return names;
}

void AuctionStandings::forget(const std::string& log_id, Auction auction) {
    for (const char* sql : {"DELETE FROM bidders WHERE log_id = ?1 AND auction_id = ?2",
                            "DELETE FROM leaders WHERE log_id = ?1 AND auction_id = ?2"}) {
        Statement(database_, sql).bind_text(1, log_id).bind(2, auction).run();
    }
    known_.erase(auction);
}

void AuctionStandings::finish_page(const std::string& log_id) {
    for (const auto& [auction, known] : known_) {
        if (known.now == known.before) continue;
        write_leader_.bind_text(1, log_id).bind(2, auction).bind_text(3, known.now.leader).run();
    }
    known_.clear();
    noted_.clear();
}

}  // namespace gavel::notifier
