#include "consensus/raft/driver/storage_damage.h"

namespace gavel::raft {
namespace {

// A backup is no help: it would bring back older promises (thesis 4.1, 11.7.2).
constexpr const char* what_to_do =
    "; what this node has promised cannot be known any more: this node must be wiped and join "
    "again under a new id (remove it from the cluster, move its data folder away, add it)";

}  // namespace

void throw_damaged(const Database& database, const std::string& what) {
    throw StorageDamaged(database.path() + ": " + what + what_to_do);
}

void throw_damaged(const StorageError& error) {
    throw StorageDamaged(error.what() + std::string(what_to_do));
}

}  // namespace gavel::raft
