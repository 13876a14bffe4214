#include "common/storage/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

namespace gavel {
namespace {

constexpr int busy_timeout_ms = 5'000;

// SQLite takes a null pointer for NULL, even of length 0; an empty view may hold one.
const char* bytes_of(std::string_view value) {
    return value.data() == nullptr ? "" : value.data();
}

StorageError::Kind kind_of(int extended_code) {
    switch (extended_code) {
        case SQLITE_IOERR_FSYNC:
        case SQLITE_IOERR_DIR_FSYNC: return StorageError::Kind::sync_failed;
        default: break;
    }
    switch (extended_code & 0xff) {
        case SQLITE_FULL: return StorageError::Kind::full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return StorageError::Kind::corrupt;
        default: return StorageError::Kind::other;
    }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Database::Database(const std::string& path, Mode mode, const std::string& vfs) : path_(path) {
    const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      SQLITE_OPEN_NOMUTEX;
    sqlite3* handle = nullptr;
    const int result =
        sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
    handle_.reset(handle);
    check(result, "open");
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
}

void Database::check(int result, const char* what) const {
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) return;
    const int code = handle_ ? sqlite3_extended_errcode(handle_.get()) : result;
    const char* reason = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(result);
    // Where SQLite has no code of its own for it (growing its shared memory, for one). Never for a
    // failed sync: the number may be left from an earlier failure, and a sync is not tried again.
    const bool no_room = handle_ && (code & 0xff) == SQLITE_IOERR &&
                         kind_of(code) != StorageError::Kind::sync_failed &&
                         sqlite3_system_errno(handle_.get()) == ENOSPC;
    if (no_room) {
        throw StorageError(StorageError::Kind::full,
                           path_ + ": " + what + " failed: no space left on the device");
    }
    throw StorageError(kind_of(code), path_ + ": " + what + " failed: " + reason);
}

void Database::execute(const std::string& sql) {
    check(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), "statement");
}

std::string Database::query_text(const std::string& sql) {
    Statement statement(*this, sql);
    if (!statement.step()) return {};
    return std::string(statement.column_bytes(0));
}

std::int64_t Database::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

std::uint64_t Database::take_pages_written() {
    int pages = 0;
    int highest = 0;
    constexpr int and_begin_again = 1;
    check(sqlite3_db_status(handle_.get(), SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest,
                            and_begin_again),
          "status");
    return static_cast<std::uint64_t>(pages);
}

bool Database::checkpoint() {
    int pages = 0;
    int merged_pages = 0;
    check(sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages,
                                    &merged_pages),
          "checkpoint");
    return merged_pages == pages;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
    sqlite3_stmt* statement = nullptr;
    database.check(sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
                   "prepare");
    statement_.reset(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    database_->check(sqlite3_bind_int64(statement_.get(), parameter, value), "bind");
    return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view value) {
    database_->check(sqlite3_bind_text64(statement_.get(), parameter, bytes_of(value), value.size(),
                                         SQLITE_STATIC, SQLITE_UTF8),
                     "bind");
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view value) {
    database_->check(sqlite3_bind_blob64(statement_.get(), parameter, bytes_of(value), value.size(),
                                         SQLITE_STATIC),
                     "bind");
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    database_->check(sqlite3_bind_null(statement_.get(), parameter), "bind");
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) {
        // The reason is read before the reset, which would replace it.
        try {
            database_->check(result, "statement");
        } catch (...) {
            sqlite3_reset(statement_.get());
            throw;
        }
    }
    return result == SQLITE_ROW;
}

void Statement::run() {
    step();
    reset();
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::int64_t Statement::column_int(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::column_bytes(int column) const {
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (bytes == nullptr || size == 0) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool Statement::column_is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace gavel
