#include "services/history/history_store.h"

#include "common/json/json_text.h"
#include "common/runtime/courtesy.h"

namespace gavel::history {
namespace {

// auction_id, event_type and payload are JSON text. Columns of the log are null for notes.
constexpr const char* schema = R"(
    CREATE TABLE events(
        seq INTEGER PRIMARY KEY,
        log_id TEXT,
        idx INTEGER,
        n INTEGER,
        auction_id TEXT,
        event_type TEXT,
        payload TEXT NOT NULL,
        timestamp_us INTEGER NOT NULL,
        bidder TEXT,
        amount_units INTEGER,
        UNIQUE(log_id, idx, n)
    );
    CREATE INDEX events_by_auction ON events(auction_id, seq);
)";

constexpr ViewFile::Format format{
    .application_id = 0x47564c48,  // "GVLH"
    .schema_version = 1,
    .schema = schema,
    .check = "SELECT max(seq) FROM events",
    .name = "history",
    .when_lost =
        "the history is fetched anew from the auction service; only events that clients "
        "posted to /events themselves are lost",
};

std::string json_text_of(const std::string& text) {
    std::string json;
    append_json_string(json, text);
    return json;
}

}  // namespace

HistoryStore::HistoryStore(const std::string& path, const std::string& vfs)
    : file_(path, format, vfs),
      insert_(file_.database(),
              "INSERT INTO events(log_id, idx, n, auction_id, event_type, payload, timestamp_us,"
              " bidder, amount_units) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
              " ON CONFLICT(log_id, idx, n) DO NOTHING") {}

void HistoryStore::append(const FeedPage& page) {
    file_.write(ViewFile::Durability::fetched_again, [&] {
        Courtesy courtesy(page.index < page.head);
        for (const auto& event : page.events) {
            insert(page.log_id, event);
            courtesy.step();
        }
        file_.set_reached(page);
    });
}

void HistoryStore::append(const std::vector<Note>& notes) {
    file_.write(ViewFile::Durability::synced, [&] {
        for (const auto& note : notes) insert(note);
    });
}

bool HistoryStore::has_event(const std::string& log_id, std::uint64_t auction_id,
                             FeedEvent::Type type) {
    Statement rows(
        file_.database(),
        "SELECT 1 FROM events WHERE auction_id = ?1 AND event_type = ?2 AND log_id = ?3");
    const std::string auction = json_text_of(std::to_string(auction_id));
    const std::string event_type = json_text_of(to_string(type));
    return rows.bind_text(1, auction).bind_text(2, event_type).bind_text(3, log_id).step();
}

void HistoryStore::insert(const std::string& log_id, const FeedEvent& event) {
    const std::string auction_id = json_text_of(std::to_string(event.auction_id));
    const std::string event_type = json_text_of(to_string(event.type));
    const std::string payload = json_text_of(history_payload(event));
    insert_.bind_text(1, log_id).bind(2, event.index).bind(3, std::int64_t{event.n});
    insert_.bind_text(4, auction_id).bind_text(5, event_type).bind_text(6, payload);
    insert_.bind(7, event.time_us);
    if (event.type == FeedEvent::Type::created) {
        insert_.bind_null(8).bind_null(9);
    } else {
        insert_.bind_text(8, event.bidder).bind(9, event.amount.units);
    }
    insert_.run();
}

void HistoryStore::insert(const Note& note) {
    insert_.bind_null(1).bind_null(2).bind_null(3);
    insert_.bind_text(4, note.auction_id).bind_text(5, note.event_type);
    insert_.bind_text(6, note.payload).bind(7, note.time_us);
    insert_.bind_null(8).bind_null(9);
    insert_.run();
}

}  // namespace gavel::history
