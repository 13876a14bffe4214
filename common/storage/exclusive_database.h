#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/storage/file_lock.h"
#include "common/storage/sqlite.h"
#include "common/storage/write_ahead_log.h"

namespace gavel {

// An SQLite file that one process has to itself, with a write-ahead log that is merged by hand.
//
// Used by one thread at a time. Every failure is a StorageError that names the file; a failed write
// has changed nothing. Once a sync has failed, what is on disk is unknown, and each later write
// fails the same way.
class ExclusiveDatabase {
  public:
    struct Options {
        std::uint64_t merge_pages = 0;
        std::string vfs;  // see Database
        // Creates what is to be in it, or checks what is, before anything is written.
        std::function<void(Database&)> prepare;
    };

    // "" and ":memory:" keep everything in memory. Throws what `prepare` throws; also when another
    // process has the file (std::runtime_error).
    ExclusiveDatabase(const std::string& path, const Options& options);

    // All that `work` writes, or nothing.
    void write(const std::function<void()>& work);

    bool in_memory() const { return in_memory_; }
    Database& database() { return database_; }

  private:
    const bool in_memory_;
    std::optional<FileLock> lock_;  // none in memory
    Database database_;
    std::optional<WriteAheadLog> write_ahead_;  // none in memory
    bool sync_failed_ = false;
};

}  // namespace gavel
