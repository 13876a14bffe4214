#include "services/auction/event_store.h"

#include <filesystem>

#include "common/logging/logging.h"

namespace gavel::auction {
namespace {

constexpr int file_layout = 1;

}  // namespace

std::optional<EventStore::Contents> EventStore::look_into(const std::string& path) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    try {
        Database database(path);
        return Contents{
            database.query_text("SELECT value FROM meta WHERE key = 'log_id'"),
            std::stoull(database.query_text("SELECT value FROM meta WHERE key = 'reached_index'"))};
    } catch (const std::exception&) {
        return std::nullopt;  // derived data: what is wrong with it is mended when it is opened
    }
}

EventStore::EventStore(const std::string& path, const std::string& log_id)
    : path_(path), log_id_(log_id) {
    try {
        open();
    } catch (const StorageError& error) {
        if (error.kind() != StorageError::Kind::corrupt) throw;
        service_logger("auction_service")
            ->warn("{}; it is derived data and is made again from the log", error.what());
        database_.reset();
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
        open();
    }
}

void EventStore::open() {
    database_ = std::make_unique<Database>(path_);
    database_->execute("PRAGMA journal_mode=WAL");
    database_->execute("PRAGMA synchronous=NORMAL");
    if (database_->query_text("PRAGMA user_version") != std::to_string(file_layout)) empty();
    if (database_->query_text("SELECT value FROM meta WHERE key = 'log_id'") != log_id_) empty();
    std::string reached =
        database_->query_text("SELECT value FROM meta WHERE key = 'reached_index'");
    if (reached.empty()) {
        empty();
        reached = "0";
    }
    reached_index_ = std::stoull(reached);
}

void EventStore::empty() {
    Transaction transaction(*database_);
    database_->execute(
        "DROP TABLE IF EXISTS meta; DROP TABLE IF EXISTS events;"
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE events(idx INTEGER PRIMARY KEY, count INTEGER NOT NULL,"
        " json BLOB NOT NULL);"
        "INSERT INTO meta(key, value) VALUES('reached_index', '0');"
        "PRAGMA user_version=" +
        std::to_string(file_layout));
    Statement insert(*database_, "INSERT INTO meta(key, value) VALUES('log_id', ?)");
    insert.bind_text(1, log_id_).run();
    transaction.commit();
}

void EventStore::append(const std::vector<EntryEvents>& entries, std::uint64_t reached_index) {
    Transaction transaction(*database_);
    Statement insert(*database_, "INSERT OR REPLACE INTO events(idx, count, json) VALUES(?, ?, ?)");
    for (const auto& entry : entries) {
        insert.bind(1, entry.index)
            .bind(2, static_cast<std::int64_t>(entry.count))
            .bind_blob(3, entry.json)
            .run();
    }
    Statement reached(*database_, "UPDATE meta SET value = ? WHERE key = 'reached_index'");
    const std::string value = std::to_string(reached_index);
    reached.bind_text(1, value).run();
    transaction.commit();
    reached_index_ = reached_index;
}

void EventStore::sync() {
    // In this mode SQLite flushes the write-ahead log before it moves it into the database.
    database_->query_text("PRAGMA wal_checkpoint(FULL)");
}

EventStore::Stretch EventStore::read(std::uint64_t after, std::uint64_t through,
                                     std::size_t max_events) const {
    Stretch stretch{through, {}};
    std::size_t events = 0;
    Statement rows(*database_,
                   "SELECT idx, count, json FROM events WHERE idx > ? AND idx <= ? ORDER BY idx");
    rows.bind(1, after).bind(2, through);
    while (events < max_events && rows.step()) {
        if (!stretch.events_json.empty()) stretch.events_json += ',';
        stretch.events_json += rows.column_bytes(2);
        events += static_cast<std::size_t>(rows.column_int(1));
        if (events >= max_events) stretch.index = static_cast<std::uint64_t>(rows.column_int(0));
    }
    return stretch;
}

}  // namespace gavel::auction
