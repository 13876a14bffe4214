#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "services/auction/event_store.h"

namespace gavel {

// Makes the events up to `target` that a node's store lacks from the node's own log, as far as the
// log goes back to the first entry: all nodes may have lost theirs at once, to a new layout for
// one, and then none has them for the others. Returns how far the store reaches; a log that begins
// later, or is replaced meanwhile, makes none.
//
// On the store's thread, for as long as it takes to replay the log; `stopping` ends it early.
// Throws what the storage and the store throw.
std::uint64_t remake_events(const std::string& storage_path, auction::EventStore& store,
                            std::uint64_t target, const std::atomic<bool>& stopping);

}  // namespace gavel
