#include "services/notifier/notice_store.h"

#include <algorithm>
#include <vector>

#include "common/feed/event_status.h"
#include "common/json/json_text.h"
#include "common/money/money.h"

namespace gavel::notifier {
namespace {

constexpr const char* schema = R"(
    CREATE TABLE notices(
        id INTEGER PRIMARY KEY,
        log_id TEXT NOT NULL,
        auction_id INTEGER NOT NULL,
        winner TEXT NOT NULL,
        amount_units INTEGER NOT NULL,
        time_us INTEGER NOT NULL,
        reason TEXT NOT NULL,
        UNIQUE(log_id, auction_id)
    );
    CREATE INDEX notices_by_auction ON notices(auction_id, id);
)";

constexpr ViewFile::Format format{
    .application_id = 0x47564c4e,  // "GVLN"
    .schema_version = 1,
    .schema = schema,
    .check = "SELECT max(id) FROM notices",
    .name = "notices",
    .when_lost = "the notices are made anew from the auction service's feed",
};

// The order of the query's columns.
enum Column { id, auction_id, winner, amount_units, time_us, reason };

bool tells_of_a_winner(const FeedEvent& event) {
    const bool over = event.type == FeedEvent::Type::closed || event.type == FeedEvent::Type::ended;
    return over && !event.bidder.empty();
}

std::string notice_json(const Statement& row) {
    std::string out = R"({"id":)" + std::to_string(row.column_int(id));
    out += R"(,"auction_id":")" +
           std::to_string(static_cast<std::uint64_t>(row.column_int(auction_id))) + '"';
    out += R"(,"winner":)";
    append_json_string(out, row.column_bytes(winner));
    out += R"(,"amount":)";
    out += format_decimal({row.column_int(amount_units), Money::Notation::decimal});
    out += R"(,"time":)";
    append_json_seconds(out, row.column_int(time_us));
    out += R"(,"reason":)";
    append_json_string(out, row.column_bytes(reason));
    out += '}';
    return out;
}

}  // namespace

NoticeStore::NoticeStore(const std::string& path, const std::string& vfs)
    : file_(path, format, vfs),
      insert_(file_.database(),
              "INSERT INTO notices(log_id, auction_id, winner, amount_units, time_us, reason)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(log_id, auction_id) DO NOTHING") {}

void NoticeStore::append(const FeedPage& page) {
    file_.write(ViewFile::Durability::fetched_again, page.events.size(), [&] {
        for (const auto& event : page.events) {
            if (tells_of_a_winner(event)) insert(page.log_id, event);
        }
        file_.set_reached(page);
    });
}

void NoticeStore::insert(const std::string& log_id, const FeedEvent& event) {
    insert_.bind_text(1, log_id).bind(2, event.auction_id).bind_text(3, event.bidder);
    insert_.bind(4, event.amount.units).bind(5, event.time_us);
    insert_.bind_text(6, reason_of(status_after(event.type, event.closing)));
    insert_.run();
}

bool NoticeStore::has_notice(const std::string& log_id, std::uint64_t auction) {
    Statement rows(file_.database(), "SELECT 1 FROM notices WHERE log_id = ?1 AND auction_id = ?2");
    return rows.bind_text(1, log_id).bind(2, auction).step();
}

std::string NoticeStore::read(const NoticeQuery& query) {
    const bool newest = !query.after;
    Statement rows(file_.database(),
                   std::string("SELECT id, auction_id, winner, amount_units, time_us, reason"
                               " FROM notices WHERE id > ?1") +
                       (query.auction_id ? " AND auction_id = ?3" : "") + " ORDER BY id" +
                       (newest ? " DESC" : "") + " LIMIT ?2");
    // One more than asked for tells whether another page follows.
    rows.bind(1, query.after.value_or(0)).bind(2, std::uint64_t{query.limit} + 1);
    if (query.auction_id) rows.bind(3, *query.auction_id);
    std::vector<std::string> notices;
    std::int64_t last_id = 0;
    bool more = false;
    while (rows.step()) {
        more = notices.size() == query.limit;
        if (more) break;
        notices.push_back(notice_json(rows));
        last_id = rows.column_int(id);
    }
    if (newest) std::reverse(notices.begin(), notices.end());
    std::string body = R"({"notifications":[)";
    for (const auto& notice : notices) {
        if (body.back() != '[') body += ',';
        body += notice;
    }
    body += R"(],"next":)";
    body += more && !newest ? std::to_string(last_id) : "null";
    body += '}';
    return body;
}

}  // namespace gavel::notifier
