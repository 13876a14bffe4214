#include "consensus/raft/message_codec.h"

#include "consensus/raft/crc32.h"
#include "consensus/raft/limits.h"

namespace gavel::raft {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t least_entry_bytes = 8 + 8 + 1 + 4;

void put(WireWriter& out, const LogPosition& position) {
    out.u64(position.index);
    out.u64(position.term);
}

LogPosition take_position(WireReader& in) {
    LogPosition position;
    position.index = in.u64();
    position.term = in.u64();
    return position;
}

void put_body(WireWriter& out, const Message& message) {
    switch (message.type) {
        case MessageType::pre_vote_request:
        case MessageType::vote_request:
            put(out, message.log);
            out.flag(message.transfer);
            return;
        case MessageType::pre_vote_response:
        case MessageType::vote_response: out.flag(message.reject); return;
        case MessageType::append_request:
            put(out, message.log);
            out.u64(message.commit);
            out.u64(message.round);
            out.u64(message.attempt);
            out.u32(static_cast<std::uint32_t>(message.entries.size()));
            for (const auto& entry : message.entries) encode_entry(out, entry);
            return;
        case MessageType::append_response:
            out.flag(message.reject);
            put(out, message.log);
            put(out, message.hint);
            out.u64(message.round);
            out.u64(message.attempt);
            return;
        case MessageType::snapshot_request:
            encode_snapshot_meta(out, *message.snapshot);
            out.u64(message.offset);
            out.text(message.data);
            return;
        case MessageType::snapshot_response:
            out.flag(message.reject);
            put(out, message.log);
            out.u64(message.offset);
            return;
        case MessageType::timeout_now: return;
        case MessageType::read_index_request:
        case MessageType::read_index_response:
            out.flag(message.reject);
            out.u64(message.context);
            out.u64(message.incarnation);
            out.u64(message.commit);
            return;
        case MessageType::count_: return;
    }
}

void take_body(WireReader& in, Message& message) {
    switch (message.type) {
        case MessageType::pre_vote_request:
        case MessageType::vote_request:
            message.log = take_position(in);
            message.transfer = in.flag();
            return;
        case MessageType::pre_vote_response:
        case MessageType::vote_response: message.reject = in.flag(); return;
        case MessageType::append_request: {
            message.log = take_position(in);
            message.commit = in.u64();
            message.round = in.u64();
            message.attempt = in.u64();
            const auto count = in.count(least_entry_bytes, limits::max_message_entries);
            message.entries.reserve(count);
            auto before = message.log;
            for (std::size_t i = 0; i < count; ++i) {
                auto entry = decode_entry(in);
                if (entry.index != before.index + 1 || entry.term < before.term ||
                    entry.term > message.term) {
                    throw MalformedRecord("entries do not follow one another");
                }
                before = entry.position();
                message.entries.push_back(std::move(entry));
            }
            return;
        }
        case MessageType::append_response:
            message.reject = in.flag();
            message.log = take_position(in);
            message.hint = take_position(in);
            message.round = in.u64();
            message.attempt = in.u64();
            return;
        case MessageType::snapshot_request:
            message.snapshot = std::make_shared<const SnapshotMeta>(decode_snapshot_meta(in));
            message.offset = in.u64();
            message.data = std::string(in.text(limits::max_message_bytes));
            if (message.offset > message.snapshot->size_bytes ||
                message.data.size() > message.snapshot->size_bytes - message.offset) {
                throw MalformedRecord("a chunk lies outside its snapshot");
            }
            return;
        case MessageType::snapshot_response:
            message.reject = in.flag();
            message.log = take_position(in);
            message.offset = in.u64();
            return;
        case MessageType::timeout_now: return;
        case MessageType::read_index_request:
        case MessageType::read_index_response:
            message.reject = in.flag();
            message.context = in.u64();
            message.incarnation = in.u64();
            message.commit = in.u64();
            return;
        case MessageType::count_: return;
    }
}

}  // namespace

void encode_entry(WireWriter& out, const Entry& entry) {
    out.u64(entry.index);
    out.u64(entry.term);
    out.u8(static_cast<std::uint8_t>(entry.kind));
    out.text(entry.payload.view());
}

Entry decode_entry(WireReader& in) {
    Entry entry;
    entry.index = in.u64();
    entry.term = in.u64();
    const auto kind = in.u8();
    if (kind > static_cast<std::uint8_t>(EntryKind::membership)) {
        throw MalformedRecord("an entry's kind is unknown");
    }
    entry.kind = static_cast<EntryKind>(kind);
    entry.payload = Payload(std::string(in.text(limits::max_entry_bytes)));
    if (entry.index == 0 || entry.term == 0) throw MalformedRecord("an entry has no position");
    if (entry.kind == EntryKind::membership) Membership::decode(entry.payload.view());
    return entry;
}

void encode_snapshot_meta(WireWriter& out, const SnapshotMeta& meta) {
    put(out, meta.last);
    out.text(meta.membership.encode());
    out.u64(meta.size_bytes);
    out.u32(meta.crc);
}

SnapshotMeta decode_snapshot_meta(WireReader& in) {
    SnapshotMeta meta;
    meta.last = take_position(in);
    meta.membership = Membership::decode(in.text(limits::max_message_bytes));
    meta.size_bytes = in.u64();
    meta.crc = in.u32();
    return meta;
}

std::string encode_message(const Message& message) {
    WireWriter out;
    out.u8(format_version);
    out.u8(static_cast<std::uint8_t>(message.type));
    out.u64(message.from);
    out.u64(message.to);
    out.u64(message.term);
    put_body(out, message);
    out.u32(crc32(out.bytes()));
    return out.take();
}

Message decode_message(std::string_view bytes) {
    if (bytes.size() > limits::max_message_bytes) throw MalformedRecord("a message is too large");
    if (bytes.size() < checksum_bytes) throw MalformedRecord("bytes end too early");
    const auto body = bytes.substr(0, bytes.size() - checksum_bytes);
    WireReader trailer(bytes.substr(body.size()));
    if (trailer.u32() != crc32(body)) throw MalformedRecord("a message's checksum is wrong");

    WireReader in(body);
    if (in.u8() != format_version) throw MalformedRecord("a message's version is unknown");
    Message message;
    const auto type = in.u8();
    if (type >= static_cast<std::uint8_t>(MessageType::count_)) {
        throw MalformedRecord("a message's type is unknown");
    }
    message.type = static_cast<MessageType>(type);
    message.from = in.u64();
    message.to = in.u64();
    message.term = in.u64();
    if (message.from == no_node || message.to == no_node) {
        throw MalformedRecord("a message has no sender or no receiver");
    }
    take_body(in, message);
    in.expect_end();
    return message;
}

}  // namespace gavel::raft
