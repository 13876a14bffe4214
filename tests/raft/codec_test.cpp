#include <doctest/doctest.h>

#include "consensus/raft/crc32.h"
#include "consensus/raft/limits.h"
#include "consensus/raft/message_codec.h"
#include "consensus/raft/random.h"

namespace gavel::raft {
namespace {

Message example(MessageType type) {
    Message message;
    message.type = type;
    message.from = 1;
    message.to = 2;
    message.term = 7;
    switch (type) {
        case MessageType::pre_vote_request:
        case MessageType::vote_request:
            message.log = {5, 3};
            message.transfer = true;
            break;
        case MessageType::append_request:
            message.log = {5, 3};
            message.commit = 4;
            message.round = 9;
            message.entries = {
                {6, 3, EntryKind::command, Payload("bid")},
                {7, 7, EntryKind::no_op, {}},
                {8, 7, EntryKind::membership, Payload(Membership::of_voters({1, 2}).encode())}};
            break;
        case MessageType::append_response:
            message.reject = true;
            message.log = {5, 0};
            message.hint = {4, 2};
            break;
        case MessageType::snapshot_request: {
            SnapshotMeta meta{{5, 3}, Membership::of_voters({1, 2, 3}), 10, 77};
            message.snapshot = std::make_shared<const SnapshotMeta>(meta);
            message.offset = 4;
            message.data = "456789";
            break;
        }
        default: message.context = type >= MessageType::read_index_request ? 3 : 0; break;
    }
    return message;
}

TEST_CASE("what is encoded is decoded to the same bytes again, for every type") {
    for (int type = 0; type < static_cast<int>(MessageType::count_); ++type) {
        const auto bytes = encode_message(example(static_cast<MessageType>(type)));
        CHECK(encode_message(decode_message(bytes)) == bytes);
    }
}

TEST_CASE("a message that was cut or changed anywhere is refused") {
    for (int type = 0; type < static_cast<int>(MessageType::count_); ++type) {
        const auto whole = encode_message(example(static_cast<MessageType>(type)));
        for (std::size_t i = 0; i < whole.size(); ++i) {
            CHECK_THROWS_AS(decode_message(whole.substr(0, i)), MalformedRecord);
            auto changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 0x10);
            CHECK_THROWS_AS(decode_message(changed), MalformedRecord);
        }
        CHECK_THROWS_AS(decode_message(whole + "x"), MalformedRecord);
    }
}

// As a server that lies would send it: the checksum is right, the content is not.
std::string with_checksum(std::string body) {
    WireWriter out;
    out.u32(crc32(body));
    return body + out.bytes();
}

TEST_CASE("a right checksum does not make nonsense a message") {
    const auto body_of = [](const Message& message) {
        auto bytes = encode_message(message);
        return bytes.substr(0, bytes.size() - 4);
    };
    auto gap = example(MessageType::append_request);
    gap.entries[1].index = 9;
    CHECK_THROWS_AS(decode_message(encode_message(gap)), MalformedRecord);
    auto falls = example(MessageType::append_request);
    falls.entries[1].term = 1;
    CHECK_THROWS_AS(decode_message(encode_message(falls)), MalformedRecord);
    auto future = example(MessageType::append_request);
    future.term = 6;
    CHECK_THROWS_AS(decode_message(encode_message(future)), MalformedRecord);
    auto outside = example(MessageType::snapshot_request);
    outside.offset = 5;
    CHECK_THROWS_AS(decode_message(encode_message(outside)), MalformedRecord);
    auto nobody = example(MessageType::timeout_now);
    nobody.from = no_node;
    CHECK_THROWS_AS(decode_message(encode_message(nobody)), MalformedRecord);
    auto broken = example(MessageType::append_request);
    broken.entries[2].payload = Payload("no membership");
    CHECK_THROWS_AS(decode_message(encode_message(broken)), MalformedRecord);

    auto version = body_of(example(MessageType::timeout_now));
    version[0] = 9;
    CHECK_THROWS_AS(decode_message(with_checksum(version)), MalformedRecord);
    auto type = body_of(example(MessageType::timeout_now));
    type[1] = 100;
    CHECK_THROWS_AS(decode_message(with_checksum(type)), MalformedRecord);
    CHECK_THROWS_AS(decode_message(with_checksum(body_of(example(MessageType::timeout_now)) + "x")),
                    MalformedRecord);
}

TEST_CASE("random bytes with a right checksum never do harm") {
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string body(random.between(0, 80), '\0');
        for (auto& byte : body) byte = static_cast<char>(random.next() & 0xff);
        if (body.size() > 2) {
            body[0] = 1;
            body[1] = static_cast<char>(random.between(0, 11));
        }
        try {
            decode_message(with_checksum(body));
        } catch (const MalformedRecord&) {
        }
    }
}

TEST_CASE("the checksum is CRC-32, and goes on from where it was") {
    CHECK(crc32("123456789") == 0xcbf43926U);
    CHECK(crc32("") == 0);
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t i = 0; i <= text.size(); ++i) {
        CHECK(crc32(text.substr(i), crc32(text.substr(0, i))) == crc32(text));
    }
}

TEST_CASE("a membership is decoded as it was, and nonsense is refused") {
    auto members = Membership::of({{1, true, "http://a"}, {4, false, "http://b"}});
    CHECK(Membership::decode(members.encode()) == members);
    CHECK_THROWS_AS(Membership::decode(""), MalformedRecord);
    CHECK_THROWS_AS(Membership::decode(members.encode() + "x"), MalformedRecord);
    WireWriter twice;
    twice.u64(3);
    twice.u32(2);
    for (int i = 0; i < 2; ++i) {
        twice.u64(3);
        twice.flag(true);
        twice.text("");
    }
    CHECK_THROWS_AS(Membership::decode(twice.bytes()), MalformedRecord);
}

}  // namespace
}  // namespace gavel::raft
