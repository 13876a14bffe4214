#include "common/storage/write_ahead_log.h"

#include <filesystem>
#include <string>
#include <system_error>

#include "common/logging/logging.h"

namespace gavel {
namespace {

constexpr std::uint64_t page_bytes = 4'096;
constexpr std::uint64_t small_cache_pages = 10;
constexpr std::uint64_t least_times_there_is_room = 16;  // else the room is for what must be kept

// A transaction that is larger than the cache flows over into the log; it is rolled back.
void fill_and_forget(Database& database, std::uint64_t bytes) {
    database.execute("PRAGMA cache_size=" + std::to_string(small_cache_pages));
    const Transaction rolled_back(database);
    database.execute("CREATE TABLE filling(bytes BLOB)");
    Statement(database, "INSERT INTO filling VALUES(zeroblob(?))").bind(1, bytes).run();
}

}  // namespace

WriteAheadLog::WriteAheadLog(Database& database, std::uint64_t due_pages,
                             std::uint64_t overdue_pages)
    : database_(database), due_pages_(due_pages), overdue_pages_(overdue_pages) {
    if (database.query_text("PRAGMA journal_mode=WAL") != "wal") {
        throw StorageError(StorageError::Kind::other,
                           database.path() + ": its file system has no write-ahead log");
    }
    database.execute("PRAGMA wal_autocheckpoint=0");
}

void WriteAheadLog::merge_leftovers() {
    if (database_.checkpoint()) return;
    throw StorageError(StorageError::Kind::other,
                       database_.path() +
                           ": another process has been reading it since before the last write; "
                           "end that and start again");
}

void WriteAheadLog::grow() {
    const std::uint64_t wanted_bytes = overdue_pages_ * page_bytes;
    std::error_code absent;
    const auto present_bytes = std::filesystem::file_size(database_.path() + "-wal", absent);
    if (!absent && present_bytes >= wanted_bytes) return;
    const auto space = std::filesystem::space(database_.path(), absent);
    if (absent || space.available / wanted_bytes < least_times_there_is_room) return;
    try {
        fill_and_forget(database_, wanted_bytes + 2 * small_cache_pages * page_bytes);
        // A commit that changes nothing: with its fsync, the length is on disk.
        const auto version = database_.query_text("PRAGMA user_version");
        database_.execute("PRAGMA user_version=" + version);
    } catch (const StorageError& error) {
        if (error.kind() != StorageError::Kind::full) throw;  // then it stays slow, no more
    }
    database_.execute("PRAGMA cache_size=-2000");  // SQLite's own default
    database_.take_pages_written();
}

void WriteAheadLog::merge_above(std::uint64_t pages) {
    unmerged_pages_ += database_.take_pages_written();
    if (unmerged_pages_ < pages) return;
    unmerged_pages_ = 0;
    try {
        database_.checkpoint();
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::sync_failed) throw;
        service_logger("storage")->warn(
            "{}: its write-ahead log grows until it can be merged; it is tried again: {}",
            database_.path(), error.what());
    }
}

}  // namespace gavel
