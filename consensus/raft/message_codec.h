#pragma once

#include <string>
#include <string_view>

#include "consensus/raft/message.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {

// A message as bytes, with a checksum of all of them at the end.
std::string encode_message(const Message& message);

// Throws MalformedRecord for whatever encode_message cannot have written: a wrong checksum or
// version, an unknown type, a cut, a limit passed, entries with gaps.
Message decode_message(std::string_view bytes);

// One entry, as in messages and on disk.
void encode_entry(WireWriter& out, const Entry& entry);
Entry decode_entry(WireReader& in);

void encode_snapshot_meta(WireWriter& out, const SnapshotMeta& meta);
SnapshotMeta decode_snapshot_meta(WireReader& in);

}  // namespace gavel::raft
