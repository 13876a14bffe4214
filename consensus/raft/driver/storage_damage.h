#pragma once

#include <string>

#include "common/storage/sqlite.h"
#include "consensus/raft/raft_storage.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {

// Throws StorageDamaged: which file, what of it is damaged, and what to do, which is always the
// same.
[[noreturn]] void throw_damaged(const Database& database, const std::string& what);
// For an error that names its file already.
[[noreturn]] void throw_damaged(const StorageError& error);

// Runs what reads stored records. What SQLite cannot read or a decoder cannot understand is
// StorageDamaged; every other StorageError stays what it is.
template <class Work>
auto reading(const Database& database, Work work) {
    try {
        return work();
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::corrupt) throw_damaged(error);
        throw;
    } catch (const MalformedRecord& error) {
        throw_damaged(database, error.what());
    }
}

}  // namespace gavel::raft
