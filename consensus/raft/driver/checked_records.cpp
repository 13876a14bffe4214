#include "consensus/raft/driver/checked_records.h"

#include "consensus/raft/crc32.h"
#include "consensus/raft/driver/storage_damage.h"

namespace gavel::raft {
namespace {

std::uint32_t checksum_of(const std::string& name, std::string_view value) {
    // With the name's final zero, so that no byte can move from one to the other.
    return crc32(value, crc32(std::string_view(name.c_str(), name.size() + 1)));
}

}  // namespace

void CheckedRecords::create(Database& database) {
    database.execute(
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL)"
        " WITHOUT ROWID");
}

CheckedRecords::CheckedRecords(Database& database)
    : database_(database),
      select_(database, "SELECT value, crc FROM meta WHERE name = ?"),
      replace_(database, "INSERT OR REPLACE INTO meta(name, value, crc) VALUES(?, ?, ?)") {}

std::optional<std::string> CheckedRecords::find(const std::string& name) {
    const Resetting row(select_.bind_text(1, name));
    if (!select_.step()) return std::nullopt;
    std::string value(select_.column_bytes(0));
    if (select_.column_int(1) != checksum_of(name, value)) {
        throw_damaged(database_, "the checksum of the record \"" + name + "\" is wrong");
    }
    return value;
}

std::string CheckedRecords::get(const std::string& name) {
    auto value = find(name);
    if (!value) throw_damaged(database_, "the record \"" + name + "\" is missing");
    return std::move(*value);
}

void CheckedRecords::put(const std::string& name, std::string_view value) {
    const std::uint64_t checksum = checksum_of(name, value);
    replace_.bind_text(1, name).bind_blob(2, value).bind(3, checksum).run();
}

}  // namespace gavel::raft
