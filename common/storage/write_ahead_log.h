#pragma once

#include <cstdint>

#include "common/storage/sqlite.h"

namespace gavel {

// The write-ahead log of an SQLite database, merged into it by hand: SQLite's own merges hide a
// failed fsync, and are part of a commit that somebody waits for. Belongs to whoever uses the
// database, which it borrows; every failure is a StorageError.
//
// What was committed is in the log until it is merged, so a merge that fails is tried again when as
// much has been written anew. But not past a sync that failed: what is on disk is unknown then.
class WriteAheadLog {
  public:
    // Turns it on. It is due to be merged when it has `due_pages`.
    WriteAheadLog(Database& database, std::uint64_t due_pages)
        : WriteAheadLog(database, due_pages, due_pages + due_pages / 4) {}
    WriteAheadLog(Database& database, std::uint64_t due_pages, std::uint64_t overdue_pages);

    // A process whose fsync failed may have left what this one can read and the disk does not have
    // (Rebello et al. 2020). Merged, it is written and synced anew. Throws when another process is
    // in the way.
    void merge_leftovers();

    // Brings the file to the length that it has when it is overdue, unless room is short. An fsync
    // that only overwrites waits for no other file; one that makes its file longer waits until the
    // file system's journal has what all others wrote.
    void grow();

    // These throw what a failed sync throws, and nothing else.
    // A few milliseconds when it is due: to be called when nobody waits.
    void merge_when_due() { merge_above(due_pages_); }
    // Whoever waits.
    void merge_when_overdue() { merge_above(overdue_pages_); }

  private:
    void merge_above(std::uint64_t pages);

    Database& database_;
    const std::uint64_t due_pages_;
    const std::uint64_t overdue_pages_;
    std::uint64_t unmerged_pages_ = 0;
};

}  // namespace gavel
