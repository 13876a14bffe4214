#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include "common/storage/sqlite.h"
#include "consensus/raft/driver/checked_records.h"
#include "consensus/raft/entry.h"

namespace gavel::raft {

// Entries that were asked for and were dropped, because a snapshot from the leader took the place
// of the log. Nothing is damaged.
class EntriesGone : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A place in the chain of checksums: each entry's covers its index, term, kind, payload and the
// checksum before it, so that a lost, changed or swapped entry is noticed at the next one.
struct ChainEnd {
    LogPosition last;
    std::uint32_t checksum = 0;

    // Of a log without entries, which goes on after `start`.
    static ChainEnd of_start(const LogPosition& start);
    ChainEnd after(const Entry& entry) const;
};

// The stored entries, without a gap, and the position before the first of them. Borrows the
// database, and takes part in whatever transaction is open.
class EntryTable {
  public:
    using Visit = std::function<void(const Entry&)>;

    static void create(Database& database, CheckedRecords& records);

    EntryTable(Database& database, CheckedRecords& records);

    LogPosition start();
    ChainEnd end();
    // The place after entry `index`, which is stored or the start.
    ChainEnd at(Index index);

    // Stores the entry after `end` and gives the new end.
    ChainEnd append(const ChainEnd& end, const Entry& entry);
    // Drops the entries from `index` on.
    void drop_from(Index index);
    // Drops all entries; the log goes on after `start`.
    ChainEnd restart_after(const LogPosition& start);

    // Visits the entries from `first` to `last` and checks each. No statement is open during a
    // visit, so however long that takes, the write-ahead log can be merged.
    // Throws StorageDamaged or EntriesGone.
    void visit(Index first, Index last, const Visit& visit);

  private:
    // Appends the next entries to `page` and moves `end` behind them.
    void read_page(ChainEnd& end, Index last, std::vector<Entry>& page);
    [[noreturn]] void missing(Index index, const LogPosition& before) const;

    Database& database_;
    CheckedRecords& records_;
    Statement insert_;
    Statement delete_;
    Statement place_;
    Statement page_;
};

}  // namespace gavel::raft
