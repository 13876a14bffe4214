#include "common/storage/exclusive_database.h"

namespace gavel {

ExclusiveDatabase::ExclusiveDatabase(const std::string& path, const Options& options)
    : in_memory_(path.empty() || path == ":memory:"),
      lock_(in_memory_ ? std::optional<FileLock>() : std::optional<FileLock>(path + ".lock")),
      database_(in_memory_ ? ":memory:" : path, Database::Mode::read_write_create, options.vfs) {
    options.prepare(database_);
    database_.execute("PRAGMA synchronous = FULL");
    if (in_memory_) return;
    write_ahead_.emplace(database_, options.merge_pages);
    write_ahead_->merge_leftovers();
}

void ExclusiveDatabase::write(const std::function<void()>& work) {
    if (sync_failed_) {
        throw StorageError(StorageError::Kind::sync_failed,
                           database_.path() + ": an earlier sync failed");
    }
    try {
        Transaction transaction(database_);
        work();
        transaction.commit();
        if (write_ahead_) write_ahead_->merge_when_due();
    } catch (const StorageError& error) {
        sync_failed_ = error.kind() == StorageError::Kind::sync_failed;
        throw;
    }
}

}  // namespace gavel
