#pragma once

#include <memory>
#include <string>
#include <vector>

#include "consensus/raft/crc32.h"
#include "consensus/raft/ready.h"

// What a core would have a storage save, made by hand.

namespace gavel::raft {

inline Entry entry(Index index, Term term, std::string payload) {
    return {index, term, EntryKind::command, Payload(std::move(payload))};
}

inline PersistBatch batch_of(std::vector<Entry> entries) {
    PersistBatch batch;
    batch.entries = std::move(entries);
    return batch;
}

inline PersistBatch batch_of(HardState hard_state, std::vector<Entry> entries = {}) {
    auto batch = batch_of(std::move(entries));
    batch.hard_state = hard_state;
    return batch;
}

inline PersistBatch batch_of(SnapshotChunk chunk) {
    PersistBatch batch;
    batch.chunks.push_back(std::move(chunk));
    return batch;
}

inline SnapshotMeta meta_of(LogPosition last, const std::string& data) {
    SnapshotMeta meta;
    meta.last = last;
    meta.membership = Membership::of_voters({1, 2, last.index + 10});
    meta.size_bytes = data.size();
    meta.crc = crc32(data);
    return meta;
}

inline PersistBatch install_of(const SnapshotMeta& meta, std::vector<Entry> entries = {}) {
    auto batch = batch_of(std::move(entries));
    batch.install = std::make_shared<const SnapshotMeta>(meta);
    return batch;
}

}  // namespace gavel::raft
