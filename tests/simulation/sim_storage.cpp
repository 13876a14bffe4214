#include "tests/simulation/sim_storage.h"

#include "consensus/raft/crc32.h"
#include "consensus/raft/limits.h"
#include "consensus/raft/message_codec.h"

namespace gavel::simulation {
namespace {

using raft::WireReader;
using raft::WireWriter;

enum class Kind : std::uint8_t { hard_state = 1, chunk, install, entry, snapshot };

constexpr std::size_t header_bytes = 8;

void frame(std::string& file, const WireWriter& record) {
    WireWriter header;
    header.u32(static_cast<std::uint32_t>(record.bytes().size()));
    header.u32(raft::crc32(record.bytes()));
    file += header.bytes();
    file += record.bytes();
}

WireWriter record_of(Kind kind) {
    WireWriter record;
    record.u8(static_cast<std::uint8_t>(kind));
    return record;
}

void put_hard_state(std::string& file, const raft::HardState& hard_state) {
    auto record = record_of(Kind::hard_state);
    record.u64(hard_state.term);
    record.u64(hard_state.vote);
    frame(file, record);
}

void put_entry(std::string& file, const raft::Entry& entry) {
    auto record = record_of(Kind::entry);
    raft::encode_entry(record, entry);
    frame(file, record);
}

}  // namespace

void SimStorage::Contents::read(std::string_view file) {
    while (file.size() - read_bytes > header_bytes) {
        WireReader header(file.substr(read_bytes, header_bytes));
        const auto size = header.u32();
        const auto crc = header.u32();
        if (size == 0 || size > file.size() - read_bytes - header_bytes) return;
        const auto record = file.substr(read_bytes + header_bytes, size);
        if (raft::crc32(record) != crc) return;
        apply(record);
        read_bytes += header_bytes + size;
    }
}

void SimStorage::Contents::apply(std::string_view record) {
    WireReader in(record);
    auto& entries = restored.entries;
    switch (static_cast<Kind>(in.u8())) {
        case Kind::hard_state:
            restored.hard_state.term = in.u64();
            restored.hard_state.vote = in.u64();
            return;
        case Kind::chunk: {
            const auto offset = in.u64();
            staged.resize(offset);
            staged += in.text(raft::limits::max_message_bytes);
            return;
        }
        case Kind::install:
            restored.snapshot = raft::decode_snapshot_meta(in);
            snapshot_data = std::exchange(staged, {});
            entries.clear();
            return;
        case Kind::snapshot: {
            restored.snapshot = raft::decode_snapshot_meta(in);
            snapshot_data = std::string(in.text(raft::limits::max_message_bytes));
            return;
        }
        case Kind::entry: {
            auto entry = raft::decode_entry(in);
            const auto base = restored.snapshot.last.index;
            if (entry.index <= base) return;
            if (entry.index > base + entries.size() + 1) {
                throw raft::StorageDamaged("entries are missing");
            }
            entries.resize(entry.index - base - 1);
            entries.push_back(std::move(entry));
            return;
        }
    }
    throw raft::StorageDamaged("a record is unknown");
}

raft::Restored SimStorage::load() {
    on_disk_ = Contents{};
    on_disk_.restored.snapshot.membership = initial_;
    on_disk_.read(disk_.durable());
    disk_.truncate(on_disk_.read_bytes);
    return on_disk_.restored;
}

void SimStorage::write(const raft::PersistBatch& batch) {
    std::string records;
    if (batch.hard_state) put_hard_state(records, *batch.hard_state);
    for (const auto& chunk : batch.chunks) {
        auto record = record_of(Kind::chunk);
        record.u64(chunk.offset);
        record.text(chunk.data);
        frame(records, record);
    }
    if (batch.install) {
        auto record = record_of(Kind::install);
        raft::encode_snapshot_meta(record, *batch.install);
        frame(records, record);
    }
    for (const auto& entry : batch.entries) put_entry(records, entry);
    disk_.append(records);
}

void SimStorage::write_snapshot(const raft::SnapshotMeta& meta, std::string data) {
    new_meta_ = meta;
    new_data_ = std::move(data);
    switches_ = true;
    disk_.replace(rewritten());
}

std::string SimStorage::rewritten() const {
    std::string file;
    put_hard_state(file, on_disk_.restored.hard_state);
    auto record = record_of(Kind::snapshot);
    raft::encode_snapshot_meta(record, new_meta_);
    record.text(new_data_);
    frame(file, record);
    if (!on_disk_.staged.empty()) {
        auto staged = record_of(Kind::chunk);
        staged.u64(0);
        staged.text(on_disk_.staged);
        frame(file, staged);
    }
    for (const auto& entry : on_disk_.restored.entries) {
        if (entry.index > new_meta_.last.index) put_entry(file, entry);
    }
    return file;
}

raft::RaftStorage::Result SimStorage::sync() {
    if (next_sync_fails_) {
        next_sync_fails_ = false;
        disk_.sync_fails();
        return Result::failed;
    }
    disk_.sync();
    if (switches_) {
        snapshots_.emplace_back(new_meta_.last.index, std::move(new_data_));
        on_disk_ = Contents{};
        switches_ = false;
    }
    follow_disk();
    return Result::durable;
}

void SimStorage::follow_disk() {
    const auto before = on_disk_.restored.snapshot.last.index;
    on_disk_.read(disk_.durable());
    const auto now = on_disk_.restored.snapshot.last.index;
    if (now != before && (snapshots_.empty() || snapshots_.back().first != now)) {
        snapshots_.emplace_back(now, on_disk_.snapshot_data);
    }
}

raft::RaftStorage::Result SimStorage::save(const raft::PersistBatch& batch) {
    write(batch);
    return sync();
}

raft::RaftStorage::Result SimStorage::save_snapshot(const raft::SnapshotMeta& meta,
                                                    std::string data) {
    write_snapshot(meta, std::move(data));
    return sync();
}

std::string SimStorage::read_snapshot(raft::Index last_index, std::uint64_t offset,
                                      std::uint64_t bytes) {
    for (const auto& [index, data] : snapshots_) {
        if (index == last_index && offset <= data.size()) return data.substr(offset, bytes);
    }
    return {};
}

void SimStorage::drop_snapshots_before(raft::Index last_index) {
    std::erase_if(snapshots_, [last_index](const auto& kept) { return kept.first < last_index; });
}

void SimStorage::crash(raft::Random& random) {
    disk_.crash(random);
    switches_ = false;
    next_sync_fails_ = false;
    load();
    snapshots_.clear();
    if (on_disk_.restored.snapshot.last.index > 0) {
        snapshots_.emplace_back(on_disk_.restored.snapshot.last.index, on_disk_.snapshot_data);
    }
}

bool SimStorage::on_disk(const raft::LogPosition& entry) const {
    const auto& restored = on_disk_.restored;
    const auto base = restored.snapshot.last.index;
    if (entry.index <= base) return true;
    if (entry.index > base + restored.entries.size()) return false;
    return restored.entries[entry.index - base - 1].term == entry.term;
}

}  // namespace gavel::simulation
