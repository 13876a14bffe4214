#include "consensus/raft/driver/entry_table.h"

#include <string>

#include "common/limits.h"
#include "consensus/raft/crc32.h"
#include "consensus/raft/driver/storage_damage.h"
#include "consensus/raft/membership.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {
namespace {

constexpr const char* start_record = "log_start";

WireWriter encoded(const LogPosition& position) {
    WireWriter out;
    out.u64(position.index);
    out.u64(position.term);
    return out;
}

std::string name_of(Index index) {
    return "entry " + std::to_string(index);
}

}  // namespace

ChainEnd ChainEnd::of_start(const LogPosition& start) {
    return {start, crc32(encoded(start).bytes())};
}

ChainEnd ChainEnd::after(const Entry& entry) const {
    auto header = encoded(entry.position());
    header.u8(static_cast<std::uint8_t>(entry.kind));
    header.u32(static_cast<std::uint32_t>(entry.payload.size()));
    return {entry.position(), crc32(entry.payload.view(), crc32(header.bytes(), checksum))};
}

void EntryTable::create(Database& database, CheckedRecords& records) {
    database.execute(
        "CREATE TABLE entries(idx INTEGER PRIMARY KEY, term INTEGER NOT NULL,"
        " kind INTEGER NOT NULL, crc INTEGER NOT NULL, payload BLOB NOT NULL)");
    records.put(start_record, encoded({}).bytes());
}

EntryTable::EntryTable(Database& database, CheckedRecords& records)
    : database_(database),
      records_(records),
      insert_(database, "INSERT INTO entries(idx, term, kind, crc, payload) VALUES(?, ?, ?, ?, ?)"),
      delete_(database, "DELETE FROM entries WHERE idx >= ?"),
      place_(database, "SELECT term, crc FROM entries WHERE idx = ?"),
      page_(database,
            "SELECT idx, term, kind, crc, payload FROM entries WHERE idx BETWEEN ? AND ?"
            " ORDER BY idx") {}

LogPosition EntryTable::start() {
    const auto record = records_.get(start_record);
    WireReader in(record);
    LogPosition position;
    position.index = in.u64();
    position.term = in.u64();
    in.expect_end();
    return position;
}

ChainEnd EntryTable::end() {
    Statement last(database_, "SELECT max(idx) FROM entries");
    last.step();
    if (last.column_is_null(0)) return ChainEnd::of_start(start());
    return at(static_cast<Index>(last.column_int(0)));
}

ChainEnd EntryTable::at(Index index) {
    const Resetting row(place_.bind(1, index));
    if (place_.step()) {
        return {{index, static_cast<Term>(place_.column_int(0))},
                static_cast<std::uint32_t>(place_.column_int(1))};
    }
    const auto before = start();
    if (index != before.index) missing(index, before);
    return ChainEnd::of_start(before);
}

ChainEnd EntryTable::append(const ChainEnd& end, const Entry& entry) {
    const auto next = end.after(entry);
    insert_.bind(1, entry.index)
        .bind(2, entry.term)
        .bind(3, static_cast<std::uint64_t>(entry.kind))
        .bind(4, static_cast<std::uint64_t>(next.checksum))
        .bind_blob(5, entry.payload.view())
        .run();
    return next;
}

void EntryTable::drop_from(Index index) {
    delete_.bind(1, index).run();
}

ChainEnd EntryTable::restart_after(const LogPosition& start) {
    database_.execute("DELETE FROM entries");
    records_.put(start_record, encoded(start).bytes());
    return ChainEnd::of_start(start);
}

void EntryTable::visit(Index first, Index last, const Visit& visit) {
    if (first > last) return;
    const auto before = start();
    if (first <= before.index) missing(first, before);
    auto end = at(first - 1);
    while (end.last.index < last) {
        std::vector<Entry> page;
        read_page(end, last, page);
        for (const auto& entry : page) visit(entry);
    }
}

void EntryTable::read_page(ChainEnd& end, Index last, std::vector<Entry>& page) {
    std::size_t bytes = 0;
    const Resetting rows(page_.bind(1, end.last.index + 1).bind(2, last));
    while (page.size() < limits::raft_read_page_entries && bytes < limits::raft_read_page_bytes &&
           page_.step()) {
        Entry entry;
        entry.index = static_cast<Index>(page_.column_int(0));
        entry.term = static_cast<Term>(page_.column_int(1));
        const auto kind = page_.column_int(2);
        entry.kind = static_cast<EntryKind>(kind);
        entry.payload = Payload(std::string(page_.column_bytes(4)));
        if (entry.index != end.last.index + 1) break;
        const auto before = end.last;
        end = end.after(entry);
        if (end.checksum != page_.column_int(3) || entry.term < before.term || kind < 0 ||
            kind > static_cast<std::int64_t>(EntryKind::membership)) {
            throw_damaged(database_, name_of(entry.index) +
                                         " does not match its checksum: it, or one before it, was "
                                         "altered");
        }
        if (entry.kind == EntryKind::membership) Membership::decode(entry.payload.view());
        bytes += entry.cost_bytes();
        page.push_back(std::move(entry));
    }
    if (page.empty()) missing(end.last.index + 1, start());
}

// `before` was read after the entry was found missing: the start moves only forward, so whoever
// dropped the entry has moved it.
void EntryTable::missing(Index index, const LogPosition& before) const {
    if (index > before.index) throw_damaged(database_, name_of(index) + " is missing");
    throw EntriesGone(database_.path() + ": " + name_of(index) +
                      " is not stored: a snapshot stands for all entries to " +
                      std::to_string(before.index));
}

}  // namespace gavel::raft
