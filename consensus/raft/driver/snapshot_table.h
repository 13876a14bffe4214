#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/storage/sqlite.h"
#include "consensus/raft/snapshot.h"

namespace gavel::raft {

// The stored snapshots, whole ones and the one that is being received. Their bytes lie in rows of
// at most limits::raft_snapshot_row_bytes under a number of their own, so that a received snapshot
// becomes a whole one by a single row, and a piece is read without the rest. Borrows the database,
// and takes part in whatever transaction is open.
class SnapshotTable {
  public:
    using Number = std::uint64_t;
    struct Stored {
        Number number = 0;
        SnapshotMeta meta;
    };
    // Bytes that belong to no whole snapshot.
    struct Staged {
        Number number = 0;
        std::uint64_t size_bytes = 0;
    };

    static void create(Database& database);

    explicit SnapshotTable(Database& database);

    // These throw StorageDamaged for a wrong checksum.
    std::optional<Stored> newest();
    std::optional<Stored> find(Index last_index);
    std::optional<Staged> staged();
    // Above all that are stored.
    Number unused_number();

    void add_bytes(Number number, std::uint64_t offset, std::string_view data);
    void drop_bytes(Number number);
    // Its bytes are there already.
    void add(const Stored& snapshot);
    bool any_before(Index last_index);
    void drop_before(Index last_index);

    // At most `bytes` bytes from `offset` on; "" at the end. Throws StorageDamaged when a row that
    // it reads is damaged or missing.
    std::string read(const Stored& snapshot, std::uint64_t offset, std::uint64_t bytes);
    // Reads all bytes; throws StorageDamaged when they are not those of `meta`.
    void check(const Stored& snapshot);

  private:
    // Visits rows from the one that `offset` lies in until `visit` says no; first_byte, data.
    using VisitRow = std::function<bool(std::uint64_t, std::string_view)>;
    void visit_rows(const Stored& snapshot, std::uint64_t offset, const VisitRow& visit);
    std::optional<Stored> take(Statement& row);

    Database& database_;
    Statement newest_;
    Statement find_;
    Statement insert_bytes_;
    Statement select_bytes_;
};

}  // namespace gavel::raft
