#include "services/auction/command.h"

#include <cassert>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "common/limits.h"
#include "services/auction/wire_money.h"

namespace gavel::auction {
namespace {

// The first byte of a record. A new layout gets a new number; old ones stay readable.
constexpr std::uint8_t record_layout = 1;
constexpr std::size_t usual_record_bytes = 96;

// What stands after the stamp. Sessions came later: who does not know them refuses the record.
enum class KeyKind : std::uint8_t { none = 0, idempotency = 1, session = 2 };
// What stands after the key. Those from `prepare` on need rules of version 2.
enum class Kind : std::uint8_t {
    create = 1,
    bid = 2,
    bids = 3,
    close = 4,
    expire = 5,
    prepare = 6,
    commit = 7,
    abort = 8,
};
constexpr std::uint8_t rules_with_transactions = 2;

void write_kind(ByteWriter& out, Kind kind) {
    out.u8(static_cast<std::uint8_t>(kind));
}

void write_key(ByteWriter& out, const Command& command) {
    assert(!command.idempotency || !command.session);
    if (command.idempotency) {
        out.u8(static_cast<std::uint8_t>(KeyKind::idempotency));
        out.text(command.idempotency->scope);
        out.text(command.idempotency->key);
        out.u64(command.idempotency->fingerprint);
    } else if (command.session) {
        out.u8(static_cast<std::uint8_t>(KeyKind::session));
        out.u64(command.session->session);
        out.u64(command.session->serial);
        out.u64(command.session->low);
        out.u64(command.session->fingerprint);
    } else {
        out.u8(static_cast<std::uint8_t>(KeyKind::none));
    }
}

IdempotencyKey read_idempotency_key(ByteReader& in) {
    IdempotencyKey key;
    key.scope = in.text();
    key.key = in.text();
    key.fingerprint = in.u64();
    return key;
}

SessionKey read_session_key(ByteReader& in) {
    SessionKey key;
    key.session = in.u64();
    key.serial = in.u64();
    key.low = in.u64();
    key.fingerprint = in.u64();
    return key;
}

struct ActionWriter {
    ByteWriter& out;

    void operator()(const CreateAuction& create) const {
        write_kind(out, Kind::create);
        out.text(create.name);
        out.u8(create.description ? 1 : 0);
        if (create.description) out.text(*create.description);
        write_money(out, create.starting_bid);
        out.i64(create.duration_seconds);
    }
    void operator()(const PlaceBid& bid) const {
        write_kind(out, Kind::bid);
        out.u64(bid.auction_id);
        out.text(bid.bidder);
        write_money(out, bid.amount);
    }
    void operator()(const PlaceBids& bids) const {
        write_kind(out, Kind::bids);
        out.u64(bids.auction_id);
        out.u32(static_cast<std::uint32_t>(bids.offers.size()));
        for (const auto& offer : bids.offers) {
            out.text(offer.bidder);
            write_money(out, offer.amount);
        }
    }
    void operator()(const CloseAuction& close) const {
        write_kind(out, Kind::close);
        out.u64(close.auction_id);
    }
    void operator()(const ExpireAuction& expire) const {
        write_kind(out, Kind::expire);
        out.u64(expire.auction_id);
    }
    void operator()(const PrepareTransaction& prepare) const {
        write_kind(out, Kind::prepare);
        out.text(prepare.transaction);
        out.i64(prepare.began_us);
        out.text(prepare.memo);
        std::visit(*this, prepare.action);
    }
    void operator()(const CommitTransaction& commit) const {
        write_kind(out, Kind::commit);
        out.text(commit.transaction);
    }
    void operator()(const AbortTransaction& abort) const {
        write_kind(out, Kind::abort);
        out.text(abort.transaction);
    }
};

CreateAuction read_create(ByteReader& in) {
    CreateAuction create;
    create.name = in.text();
    if (in.flag()) create.description = in.text();
    create.starting_bid = read_money(in);
    create.duration_seconds = in.i64();
    return create;
}

PlaceBid read_bid(ByteReader& in) {
    PlaceBid bid;
    bid.auction_id = in.u64();
    bid.bidder = in.text();
    bid.amount = read_money(in);
    return bid;
}

PlaceBids read_bids(ByteReader& in) {
    constexpr std::size_t smallest_offer_bytes = 4 + 9;
    PlaceBids bids;
    bids.auction_id = in.u64();
    bids.offers.resize(in.count(smallest_offer_bytes));
    for (auto& offer : bids.offers) {
        offer.bidder = in.text();
        offer.amount = read_money(in);
    }
    return bids;
}

std::string read_transaction_id(ByteReader& in) {
    std::string id = in.text();
    if (id.empty() || id.size() > limits::max_transaction_id_bytes) {
        throw MalformedBytes("the id of a transaction is empty or too long");
    }
    return id;
}

PrepareTransaction read_prepare(ByteReader& in) {
    PrepareTransaction prepare;
    prepare.transaction = read_transaction_id(in);
    prepare.began_us = in.i64();
    if (prepare.began_us <= 0) throw MalformedBytes("a transaction began at no time");
    prepare.memo = in.text();
    if (prepare.memo.size() > limits::max_transaction_memo_bytes) {
        throw MalformedBytes("the memo of a transaction is too long");
    }
    switch (static_cast<Kind>(in.u8())) {
        case Kind::create: prepare.action = read_create(in); break;
        case Kind::close: prepare.action = CloseAuction{in.u64()}; break;
        default: throw MalformedBytes("a transaction holds what cannot be prepared");
    }
    return prepare;
}

// Whether a command of this kind may have been written with that head.
void check_head(Kind kind, const Command& command) {
    if (kind < Kind::prepare) return;
    const bool keyed = command.idempotency && kind != Kind::prepare;
    if (command.rules_version < rules_with_transactions || command.session || keyed) {
        throw MalformedBytes("a record holds a transaction where none can be");
    }
}

}  // namespace

std::string encode(const Command& command) {
    ByteWriter out;
    out.reserve(usual_record_bytes);
    out.u8(record_layout);
    out.u8(command.rules_version);
    out.i64(command.stamp_us);
    write_key(out, command);
    std::visit(ActionWriter{out}, command.action);
    return out.take();
}

Command decode(std::string_view record) {
    ByteReader in(record);
    if (in.u8() != record_layout) throw MalformedBytes("a record has an unknown layout");
    Command command;
    command.rules_version = in.u8();
    if (command.rules_version == 0 || command.rules_version > Command::current_rules_version) {
        throw MalformedBytes("a record was made under rules that this version does not know");
    }
    command.stamp_us = in.i64();
    switch (static_cast<KeyKind>(in.u8())) {
        case KeyKind::none: break;
        case KeyKind::idempotency: command.idempotency = read_idempotency_key(in); break;
        case KeyKind::session: command.session = read_session_key(in); break;
        default: throw MalformedBytes("a record has an unknown kind of key");
    }
    const auto kind = static_cast<Kind>(in.u8());
    check_head(kind, command);
    switch (kind) {
        case Kind::create: command.action = read_create(in); break;
        case Kind::bid: command.action = read_bid(in); break;
        case Kind::bids: command.action = read_bids(in); break;
        case Kind::close: command.action = CloseAuction{in.u64()}; break;
        case Kind::expire: command.action = ExpireAuction{in.u64()}; break;
        case Kind::prepare: command.action = read_prepare(in); break;
        case Kind::commit: command.action = CommitTransaction{read_transaction_id(in)}; break;
        case Kind::abort: command.action = AbortTransaction{read_transaction_id(in)}; break;
        default: throw MalformedBytes("a record holds an unknown command");
    }
    in.expect_end();
    return command;
}

}  // namespace gavel::auction
