#include "consensus/raft/driver/snapshot_table.h"

#include <algorithm>

#include "common/limits.h"
#include "consensus/raft/crc32.h"
#include "consensus/raft/driver/storage_damage.h"
#include "consensus/raft/message_codec.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {
namespace {

// Of a row's two numbers and its bytes.
std::uint64_t checksum_of(std::uint64_t first, std::uint64_t second, std::string_view bytes) {
    WireWriter header;
    header.u64(first);
    header.u64(second);
    return crc32(bytes, crc32(header.bytes()));
}

std::string name_of(Index last_index) {
    return "the snapshot at entry " + std::to_string(last_index);
}

}  // namespace

void SnapshotTable::create(Database& database) {
    database.execute(
        "CREATE TABLE snapshots(number INTEGER PRIMARY KEY, last_index INTEGER NOT NULL UNIQUE,"
        " meta BLOB NOT NULL, crc INTEGER NOT NULL);"
        "CREATE TABLE snapshot_bytes(number INTEGER NOT NULL, first_byte INTEGER NOT NULL,"
        " crc INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(number, first_byte))");
}

SnapshotTable::SnapshotTable(Database& database)
    : database_(database),
      newest_(database,
              "SELECT number, last_index, meta, crc FROM snapshots"
              " ORDER BY last_index DESC LIMIT 1"),
      find_(database, "SELECT number, last_index, meta, crc FROM snapshots WHERE last_index = ?"),
      insert_bytes_(database,
                    "INSERT INTO snapshot_bytes(number, first_byte, crc, data) VALUES(?, ?, ?, ?)"),
      select_bytes_(database,
                    "SELECT first_byte, crc, data FROM snapshot_bytes WHERE number = ?1"
                    " AND first_byte >= (SELECT max(first_byte) FROM snapshot_bytes"
                    "  WHERE number = ?1 AND first_byte <= ?2) ORDER BY first_byte") {}

std::optional<SnapshotTable::Stored> SnapshotTable::take(Statement& row) {
    const Resetting rows(row);
    if (!row.step()) return std::nullopt;
    const auto last_index = static_cast<Index>(row.column_int(1));
    Stored stored;
    stored.number = static_cast<Number>(row.column_int(0));
    const auto meta = row.column_bytes(2);
    if (static_cast<std::uint64_t>(row.column_int(3)) !=
        checksum_of(stored.number, last_index, meta)) {
        throw_damaged(database_,
                      "the checksum of what describes " + name_of(last_index) + " is wrong");
    }
    WireReader in(meta);
    stored.meta = decode_snapshot_meta(in);
    in.expect_end();
    return stored;
}

std::optional<SnapshotTable::Stored> SnapshotTable::newest() {
    return take(newest_);
}

std::optional<SnapshotTable::Stored> SnapshotTable::find(Index last_index) {
    return take(find_.bind(1, last_index));
}

std::optional<SnapshotTable::Staged> SnapshotTable::staged() {
    Statement row(database_,
                  "SELECT number, first_byte + length(data) FROM snapshot_bytes"
                  " WHERE number NOT IN (SELECT number FROM snapshots)"
                  " ORDER BY number DESC, first_byte DESC LIMIT 1");
    if (!row.step()) return std::nullopt;
    return Staged{static_cast<Number>(row.column_int(0)),
                  static_cast<std::uint64_t>(row.column_int(1))};
}

SnapshotTable::Number SnapshotTable::unused_number() {
    Statement row(database_,
                  "SELECT max(coalesce((SELECT max(number) FROM snapshots), 0),"
                  " coalesce((SELECT max(number) FROM snapshot_bytes), 0)) + 1");
    row.step();
    return static_cast<Number>(row.column_int(0));
}

void SnapshotTable::add_bytes(Number number, std::uint64_t offset, std::string_view data) {
    do {
        const auto row = data.substr(0, limits::raft_snapshot_row_bytes);
        insert_bytes_.bind(1, number)
            .bind(2, offset)
            .bind(3, checksum_of(number, offset, row))
            .bind_blob(4, row)
            .run();
        offset += row.size();
        data.remove_prefix(row.size());
    } while (!data.empty());
}

void SnapshotTable::drop_bytes(Number number) {
    Statement(database_, "DELETE FROM snapshot_bytes WHERE number = ?").bind(1, number).run();
}

void SnapshotTable::add(const Stored& snapshot) {
    WireWriter meta;
    encode_snapshot_meta(meta, snapshot.meta);
    const auto last_index = snapshot.meta.last.index;
    Statement(database_, "INSERT INTO snapshots(number, last_index, meta, crc) VALUES(?, ?, ?, ?)")
        .bind(1, snapshot.number)
        .bind(2, last_index)
        .bind_blob(3, meta.bytes())
        .bind(4, checksum_of(snapshot.number, last_index, meta.bytes()))
        .run();
}

bool SnapshotTable::any_before(Index last_index) {
    Statement row(database_, "SELECT 1 FROM snapshots WHERE last_index < ?");
    return row.bind(1, last_index).step();
}

void SnapshotTable::drop_before(Index last_index) {
    Statement(database_,
              "DELETE FROM snapshot_bytes WHERE number IN"
              " (SELECT number FROM snapshots WHERE last_index < ?)")
        .bind(1, last_index)
        .run();
    Statement(database_, "DELETE FROM snapshots WHERE last_index < ?").bind(1, last_index).run();
}

void SnapshotTable::visit_rows(const Stored& snapshot, std::uint64_t offset,
                               const VisitRow& visit) {
    const auto& meta = snapshot.meta;
    const Resetting rows(select_bytes_.bind(1, snapshot.number).bind(2, offset));
    auto next = offset;
    bool begun = false;
    while (next < meta.size_bytes) {
        const auto missing = [&] {
            throw_damaged(database_, "bytes of " + name_of(meta.last.index) + " are missing");
        };
        if (!select_bytes_.step()) missing();
        const auto first = static_cast<std::uint64_t>(select_bytes_.column_int(0));
        const auto data = select_bytes_.column_bytes(2);
        if (begun ? first != next : first > offset || first + data.size() <= offset) missing();
        begun = true;
        if (static_cast<std::uint64_t>(select_bytes_.column_int(1)) !=
            checksum_of(snapshot.number, first, data)) {
            throw_damaged(database_,
                          "the checksum of a part of " + name_of(meta.last.index) + " is wrong");
        }
        if (!visit(first, data)) return;
        next = first + data.size();
    }
}

std::string SnapshotTable::read(const Stored& snapshot, std::uint64_t offset, std::uint64_t bytes) {
    std::string piece;
    if (bytes == 0) return piece;
    visit_rows(snapshot, offset, [&](std::uint64_t first, std::string_view data) {
        const auto from = offset > first ? offset - first : 0;
        piece += data.substr(from, bytes - piece.size());
        return piece.size() < bytes;
    });
    return piece;
}

void SnapshotTable::check(const Stored& snapshot) {
    std::uint32_t checksum = 0;
    std::uint64_t size_bytes = 0;
    visit_rows(snapshot, 0, [&](std::uint64_t, std::string_view data) {
        checksum = crc32(data, checksum);
        size_bytes += data.size();
        return true;
    });
    if (size_bytes != snapshot.meta.size_bytes || checksum != snapshot.meta.crc) {
        throw_damaged(database_,
                      "the checksum of " + name_of(snapshot.meta.last.index) + " is wrong");
    }
}

}  // namespace gavel::raft
