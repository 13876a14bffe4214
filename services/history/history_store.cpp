#include "services/history/history_store.h"

#include "common/json/json_text.h"

namespace gavel::history {
namespace {

constexpr int application_id = 0x47564c48;  // "GVLH"
constexpr int schema_version = 1;
constexpr std::size_t max_unmerged_pages = 2'000;

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
    CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK(id = 1), log_id TEXT, idx INTEGER);
    INSERT INTO meta VALUES(1, '', 0);
)";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw StorageError(
        StorageError::Kind::corrupt,
        "the history file " + path + " cannot be used: " + why +
            ". Delete it with its -wal and -shm files and start again: the history is fetched "
            "anew from the auction service; only events that clients posted to /events "
            "themselves are lost. Or name another file");
}

// Creates the tables in an empty file. Tells why the file cannot be used, "" when it can.
std::string create_or_check(Database& database) {
    const auto owner = database.query_text("PRAGMA application_id");
    const auto version = database.query_text("PRAGMA user_version");
    const bool empty = database.query_text("SELECT count(*) FROM sqlite_master") == "0";
    if (empty && owner == "0" && version == "0") {
        Transaction creation(database);
        database.execute(schema);
        database.execute("PRAGMA application_id = " + std::to_string(application_id));
        database.execute("PRAGMA user_version = " + std::to_string(schema_version));
        creation.commit();
        return "";
    }
    if (owner != std::to_string(application_id)) return "it belongs to another program";
    if (version != std::to_string(schema_version)) {
        return "its schema has version " + version + ", this program knows version " +
               std::to_string(schema_version);
    }
    database.query_text("SELECT max(seq) FROM events");  // throws where a damage shows
    return database.query_text("SELECT count(*) FROM meta") == "1" ? "" : "it is damaged";
}

// Readers do not wait for the writer. The log is merged by append(), because SQLite hides a sync
// that fails while it does so by itself.
void use_write_ahead_log(Database& database) {
    if (database.query_text("PRAGMA journal_mode = WAL") != "wal") {
        throw StorageError(StorageError::Kind::other,
                           database.path() + ": its file system has no write-ahead log");
    }
    database.query_text("PRAGMA wal_autocheckpoint = 0");
}

Database open(const std::string& path, bool in_memory, const std::string& vfs) {
    Database database(in_memory ? ":memory:" : path, Database::Mode::read_write_create, vfs);
    std::string why_not;
    try {
        why_not = create_or_check(database);
        if (why_not.empty() && !in_memory) use_write_ahead_log(database);
    } catch (const StorageError& error) {
        if (error.kind() != StorageError::Kind::corrupt) throw;
        why_not = error.what();
    }
    if (!why_not.empty()) refuse(path, why_not);
    database.execute("PRAGMA synchronous = FULL");
    return database;
}

}  // namespace

HistoryStore::HistoryStore(const std::string& path, const std::string& vfs)
    : in_memory_(path.empty() || path == ":memory:"),
      lock_(in_memory_ ? std::optional<FileLock>() : std::optional<FileLock>(path + ".lock")),
      database_(open(path, in_memory_, vfs)),
      insert_(database_,
              "INSERT INTO events(log_id, idx, n, auction_id, event_type, payload, timestamp_us,"
              " bidder, amount_units) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
              " ON CONFLICT(log_id, idx, n) DO NOTHING"),
      set_reached_(database_, "UPDATE meta SET log_id = ?1, idx = ?2") {}

Reached HistoryStore::reached() {
    Statement statement(database_, "SELECT log_id, idx FROM meta");
    statement.step();
    return {std::string(statement.column_bytes(0)),
            static_cast<std::uint64_t>(statement.column_int(1))};
}

void HistoryStore::append(const FeedPage& page) {
    write(Durability::fetched_again, page.events.size(), [&] {
        for (const auto& event : page.events) insert(page.log_id, event);
        set_reached_.bind_text(1, page.log_id).bind(2, page.index).run();
    });
}

void HistoryStore::append(const std::vector<Note>& notes) {
    write(Durability::synced, notes.size(), [&] {
        for (const auto& note : notes) insert(note);
    });
}

template <class Write>
void HistoryStore::write(Durability durability, std::size_t event_count, Write insert_all) {
    if (sync_failed_) {
        throw StorageError(StorageError::Kind::sync_failed,
                           database_.path() + ": an earlier sync failed");
    }
    try {
        set_synchronous(durability);
        Transaction transaction(database_);
        insert_all();
        transaction.commit();
        merge_log_when_long(event_count);
    } catch (const StorageError& error) {
        sync_failed_ = error.kind() == StorageError::Kind::sync_failed;
        throw;
    }
}

void HistoryStore::insert(const std::string& log_id, const FeedEvent& event) {
    std::string auction_id;
    append_json_string(auction_id, std::to_string(event.auction_id));
    std::string event_type;
    append_json_string(event_type, to_string(event.type));
    std::string payload;
    append_json_string(payload, history_payload(event));
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

void HistoryStore::set_synchronous(Durability durability) {
    if (durability == durability_) return;
    database_.execute(durability == Durability::synced ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
    durability_ = durability;
}

void HistoryStore::merge_log_when_long(std::size_t event_count) {
    if (in_memory_) return;
    unmerged_pages_ += 4 + event_count / 8;
    if (unmerged_pages_ < max_unmerged_pages) return;
    unmerged_pages_ = 0;
    try {
        database_.query_text("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (const StorageError& error) {
        // The events are in the log, and merging is tried again later; but not past a sync that
        // failed.
        if (error.kind() == StorageError::Kind::sync_failed) throw;
    }
}

}  // namespace gavel::history
