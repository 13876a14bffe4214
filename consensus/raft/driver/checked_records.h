#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/storage/sqlite.h"

namespace gavel::raft {

// Small records by name, each with a checksum over its name and bytes. Borrows the database, and
// takes part in whatever transaction is open.
class CheckedRecords {
  public:
    static void create(Database& database);

    explicit CheckedRecords(Database& database);

    // Both throw StorageDamaged for a wrong checksum; get() for a missing record, too.
    std::optional<std::string> find(const std::string& name);
    std::string get(const std::string& name);
    void put(const std::string& name, std::string_view value);

  private:
    Database& database_;
    Statement select_;
    Statement replace_;
};

}  // namespace gavel::raft
