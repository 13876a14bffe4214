#include "services/notifier/notice_store.h"

#include <algorithm>
#include <vector>

#include "common/limits.h"
#include "services/notifier/notice_row.h"

namespace gavel::notifier {
namespace {

const std::string& schema() {
    static const std::string text = std::string(R"(
        CREATE TABLE notices(
            id INTEGER PRIMARY KEY,
            log_id TEXT NOT NULL,
            idx INTEGER NOT NULL,
            n INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            auction_id INTEGER NOT NULL,
            recipient TEXT NOT NULL,
            amount_units INTEGER NOT NULL,
            time_us INTEGER NOT NULL,
            reason TEXT NOT NULL,
            closing_time_us INTEGER NOT NULL
        );
        -- Kind 1 is outbid, of which there are very many.
        CREATE UNIQUE INDEX notices_once ON notices(log_id, idx, n, kind, recipient)
            WHERE kind <> 1;
        CREATE INDEX notices_by_auction ON notices(auction_id, id) WHERE kind <> 1;
    )") + AuctionStandings::schema + WebhookStore::schema;
    return text;
}

// The first version knew winners alone. The feed is read again from its beginning.
const std::string& upgrade() {
    static const std::string text =
        "DROP TABLE notices;" + schema() + "UPDATE meta SET log_id = '', idx = 0;";
    return text;
}

ViewFile::Format format() {
    ViewFile::Format made;
    made.application_id = 0x47564c4e;  // "GVLN"
    made.schema_version = 2;
    made.schema = schema().c_str();
    made.upgrade = upgrade().c_str();
    made.check = "SELECT max(id) FROM notices";
    made.name = "notices";
    made.when_lost =
        "the notices are made anew from the auction service's feed, and webhooks must be "
        "registered again";
    return made;
}

constexpr NoticeKinds winners = bit_of(Notice::Kind::won);
static_assert(static_cast<int>(Notice::Kind::outbid) == 1);

}  // namespace

NoticeStore::NoticeStore(const std::string& path, const std::string& vfs)
    : file_(path, format(), vfs),
      insert_(file_.database(),
              "INSERT INTO notices(log_id, idx, n, kind, auction_id, recipient, amount_units,"
              " time_us, reason, closing_time_us)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
              " ON CONFLICT DO NOTHING"),
      standings_(file_.database()),
      webhooks_(file_) {
    Statement newest(file_.database(),
                     "SELECT log_id, idx FROM notices WHERE kind = 1 ORDER BY id DESC LIMIT 1");
    if (!newest.step()) return;
    outbid_log_id_ = newest.column_bytes(0);
    outbid_index_ = static_cast<std::uint64_t>(newest.column_int(1));
}

void NoticeStore::append(const FeedPage& page) {
    file_.write(ViewFile::Durability::fetched_again, [&] {
        const std::int64_t before = newest_id();
        standings_.take_in(page, webhooks_.wanted(), [&](const Notice& notice) {
            if (is_kept(page.log_id, notice)) insert(page.log_id, notice);
        });
        const std::int64_t newest = newest_id();
        if (newest > before) {
            webhooks_.enqueue(before + 1);
            forget_old(newest);
        }
        file_.set_reached(page);
    });
    standings_.keep();
    outbid_index_ =
        page.log_id == outbid_log_id_ ? std::max(outbid_index_, page.index) : page.index;
    outbid_log_id_ = page.log_id;
}

// Nearly each bid outbids somebody, so that is kept for webhooks that want it alone; and as there
// is no index of it, what was told before is known by its place in the log.
bool NoticeStore::is_kept(const std::string& log_id, const Notice& notice) {
    if (notice.kind != Notice::Kind::outbid) return true;
    const bool told = log_id == outbid_log_id_ && notice.index <= outbid_index_;
    return !told && (webhooks_.wanted() & bit_of(notice.kind)) != 0;
}

void NoticeStore::insert(const std::string& log_id, const Notice& notice) {
    insert_.bind_text(1, log_id).bind(2, notice.index).bind(3, std::uint64_t{notice.n});
    insert_.bind(4, static_cast<std::int64_t>(notice.kind)).bind(5, notice.auction_id);
    insert_.bind_text(6, notice.recipient).bind(7, notice.amount.units);
    insert_.bind(8, notice.time_us).bind_text(9, notice.reason).bind(10, notice.closing_time_us);
    insert_.run();
}

std::int64_t NoticeStore::newest_id() {
    Statement row(file_.database(), "SELECT max(id) FROM notices");
    return row.step() ? row.column_int(0) : 0;
}

// Now and then, so that it costs little for each notice.
void NoticeStore::forget_old(std::int64_t newest) {
    const auto kept = static_cast<std::int64_t>(limits::max_other_notices);
    const std::int64_t through = newest - kept;
    if (through < forgotten_through_ + kept / 10) return;
    forgotten_through_ = through;
    for (const char* sql : {"DELETE FROM deliveries WHERE notice_id <= ?1 AND notice_id NOT IN"
                            " (SELECT id FROM notices WHERE id <= ?1 AND kind = ?2)",
                            "DELETE FROM notices WHERE id <= ?1 AND kind <> ?2"}) {
        Statement(file_.database(), sql)
            .bind(1, through)
            .bind(2, static_cast<std::int64_t>(Notice::Kind::won))
            .run();
    }
}

bool NoticeStore::has_notice(const std::string& log_id, std::uint64_t auction) {
    Statement rows(file_.database(),
                   "SELECT 1 FROM notices WHERE auction_id = ?2 AND log_id = ?1 AND kind = ?3"
                   " AND kind <> 1");
    rows.bind_text(1, log_id).bind(2, auction);
    return rows.bind(3, static_cast<std::int64_t>(Notice::Kind::won)).step();
}

std::string NoticeStore::read(const NoticeQuery& query) {
    const bool newest = !query.after;
    const NoticeKinds kinds = query.kinds.value_or(winners);
    const bool indexed = (kinds & bit_of(Notice::Kind::outbid)) == 0;
    Statement rows(file_.database(), std::string("SELECT ") + notice_columns +
                                         " FROM notices WHERE id > ?1 AND (?4 >> kind) & 1" +
                                         (indexed ? " AND kind <> 1" : "") +
                                         (query.auction_id ? " AND auction_id = ?3" : "") +
                                         (query.recipient ? " AND recipient = ?5" : "") +
                                         " ORDER BY id" + (newest ? " DESC" : "") + " LIMIT ?2");
    // One more than asked for tells whether another page follows.
    rows.bind(1, query.after.value_or(0)).bind(2, std::uint64_t{query.limit} + 1);
    rows.bind(4, std::int64_t{kinds});
    if (query.auction_id) rows.bind(3, *query.auction_id);
    if (query.recipient) rows.bind_text(5, *query.recipient);
    std::vector<std::string> notices;
    std::int64_t last_id = 0;
    bool more = false;
    while (rows.step()) {
        more = notices.size() == query.limit;
        if (more) break;
        const NoticeRow row(rows, 0);
        notices.push_back(query.kinds ? row.json() : row.winner_json());
        last_id = row.id;
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
