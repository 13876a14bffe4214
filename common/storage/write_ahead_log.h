#pragma once

#include <cstdint>

#include "common/storage/sqlite.h"

namespace gavel {

// The write-ahead log of an SQLite database, merged into it by hand: SQLite's own merges hide a
// failed fsync, and are part of a commit that somebody waits for. Belongs to whoever uses the
// database, which it borrows; every failure is a StorageError.
class WriteAheadLog {
  public:
    // Turns it on. It is due to be merged when it has so many pages.
    WriteAheadLog(Database& database, std::uint64_t merge_pages);

    // A process whose fsync failed may have left what this one can read and the disk does not have
    // (Rebello et al. 2020). Merged, it is written and synced anew. Throws when another process is
    // in the way.
    void merge_leftovers();

    // Brings the file to the length that it has when it is merged, unless room is short. An fsync
    // that only overwrites waits for no other file; one that makes its file longer waits until the
    // file system's journal has what all others wrote.
    void grow();

    // A few milliseconds when it is due: to be called when nobody waits.
    void merge_when_due();

  private:
    Database& database_;
    const std::uint64_t merge_pages_;
    std::uint64_t unmerged_pages_ = 0;
};

}  // namespace gavel
