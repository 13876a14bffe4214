#include "services/auction/event_store.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <thread>

#include "common/limits.h"
#include "common/logging/logging.h"

namespace gavel::auction {
namespace {

constexpr int file_layout = 2;
// Larger blocks hardly get smaller by it, and a page of the feed may need a few entries only.
constexpr std::size_t block_bytes = 128 * 1024;

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
    database_->execute("PRAGMA wal_autocheckpoint=" + std::to_string(limits::view_merge_pages));
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
        "DROP TABLE IF EXISTS blocks;"
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE blocks(last_idx INTEGER PRIMARY KEY, entries BLOB NOT NULL);"
        "INSERT INTO meta(key, value) VALUES('reached_index', '0');"
        "PRAGMA user_version=" +
        std::to_string(file_layout));
    Statement insert(*database_, "INSERT INTO meta(key, value) VALUES('log_id', ?)");
    insert.bind_text(1, log_id_).run();
    transaction.commit();
}

void EventStore::append(const std::vector<EntryEvents>& entries, std::uint64_t reached_index) {
    auto first = std::partition_point(
        entries.begin(), entries.end(),
        [this](const EntryEvents& entry) { return entry.index <= reached_index_; });
    Transaction transaction(*database_);
    Statement insert(*database_, "INSERT INTO blocks(last_idx, entries) VALUES(?, ?)");
    while (first != entries.end()) {
        auto last = first;
        for (std::size_t bytes = 0; last != entries.end() && bytes < block_bytes; ++last) {
            bytes += last->json.size();
        }
        insert.bind(1, std::prev(last)->index).bind_blob(2, codec_.pack({first, last})).run();
        first = last;
        std::this_thread::yield();  // a block takes some hundred microseconds: see Courtesy
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
                                     std::size_t max_events) {
    Stretch stretch{through, {}};
    std::size_t events = 0;
    bool more = true;
    const auto take = [&](std::uint64_t index, std::uint32_t count, std::string_view json) {
        if (index <= after) return true;
        if (index > through) return more = false;
        if (!stretch.events_json.empty()) stretch.events_json += ',';
        stretch.events_json += json;
        events += count;
        if (events < max_events) return true;
        stretch.index = index;
        return more = false;
    };
    Statement blocks(*database_, "SELECT entries FROM blocks WHERE last_idx > ? ORDER BY last_idx");
    blocks.bind(1, after);
    while (more && blocks.step()) codec_.unpack(blocks.column_bytes(0), take);
    return stretch;
}

}  // namespace gavel::auction
