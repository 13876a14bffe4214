#include "services/auction/command.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "common/limits.h"
#include "services/auction/rules/limits.h"
#include "services/auction/wire_money.h"
#include "services/auction/wire_terms.h"

namespace gavel::auction {
namespace {

// The first byte of a record. A new layout gets a new number; old ones stay readable.
constexpr std::uint8_t record_layout = 1;
constexpr std::size_t usual_record_bytes = 96;

// What stands after the stamp. Sessions came later: who does not know them refuses the record.
enum class KeyKind : std::uint8_t { none = 0, idempotency = 1, session = 2 };
// Added to the kind of key: the caller's name stands after the key.
constexpr std::uint8_t with_caller = 0x80;
// What stands after that. Those from `prepare` on need rules of version 2, and those from
// `create_with_terms` on, which are plain ones with something added, rules of version 3.
enum class Kind : std::uint8_t {
    create = 1,
    bid = 2,
    bids = 3,
    close = 4,
    expire = 5,
    prepare = 6,
    commit = 7,
    abort = 8,
    create_with_terms = 9,
    maximum_bid = 10,
    bids_with_maximums = 11,  // one of them at least
    buy_now = 12,
    retract = 13,
    cancel = 14,
    create_with_seed = 15,  // with terms, too; rules of version 4
};
constexpr std::uint8_t rules_with_transactions = 2;
constexpr std::uint8_t rules_with_terms = 3;

void write_kind(ByteWriter& out, Kind kind) {
    out.u8(static_cast<std::uint8_t>(kind));
}

void write_head(ByteWriter& out, std::uint8_t rules_version, std::int64_t stamp_us) {
    out.reserve(usual_record_bytes);
    out.u8(record_layout);
    out.u8(rules_version);
    out.i64(stamp_us);
}

void write_key_kind(ByteWriter& out, KeyKind kind, bool has_caller) {
    out.u8(static_cast<std::uint8_t>(kind) | (has_caller ? with_caller : 0));
}

void write_key(ByteWriter& out, const Command& command) {
    assert(!command.idempotency || !command.session);
    const bool has_caller = command.caller.has_value();
    if (command.idempotency) {
        write_key_kind(out, KeyKind::idempotency, has_caller);
        out.text(command.idempotency->scope);
        out.text(command.idempotency->key);
        out.u64(command.idempotency->fingerprint);
    } else if (command.session) {
        write_key_kind(out, KeyKind::session, has_caller);
        out.u64(command.session->session);
        out.u64(command.session->serial);
        out.u64(command.session->low);
        out.u64(command.session->fingerprint);
    } else {
        write_key_kind(out, KeyKind::none, has_caller);
    }
    if (command.caller) out.text(*command.caller);
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
        assert(create.seed.empty() || create.terms);
        write_kind(out, !create.terms         ? Kind::create
                        : create.seed.empty() ? Kind::create_with_terms
                                              : Kind::create_with_seed);
        out.text(create.name);
        out.u8(create.description ? 1 : 0);
        if (create.description) out.text(*create.description);
        write_money(out, create.starting_bid);
        out.i64(create.duration_seconds);
        if (create.terms) write_terms(out, *create.terms);
        if (!create.seed.empty()) out.text(create.seed);
    }
    void operator()(const PlaceBid& bid) const {
        write_kind(out, bid.is_maximum ? Kind::maximum_bid : Kind::bid);
        out.u64(bid.auction_id);
        out.text(bid.bidder);
        write_money(out, bid.amount);
    }
    void operator()(const PlaceBids& bids) const {
        const bool maximums = std::any_of(bids.offers.begin(), bids.offers.end(),
                                          [](const auto& offer) { return offer.is_maximum; });
        write_kind(out, maximums ? Kind::bids_with_maximums : Kind::bids);
        out.u64(bids.auction_id);
        out.u32(static_cast<std::uint32_t>(bids.offers.size()));
        for (const auto& offer : bids.offers) {
            out.text(offer.bidder);
            write_money(out, offer.amount);
            if (maximums) out.u8(offer.is_maximum ? 1 : 0);
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
    void operator()(const BuyNow& purchase) const {
        write_kind(out, Kind::buy_now);
        out.u64(purchase.auction_id);
        out.text(purchase.bidder);
    }
    void operator()(const RetractBids& retraction) const {
        write_kind(out, Kind::retract);
        out.u64(retraction.auction_id);
        out.text(retraction.bidder);
    }
    void operator()(const CancelAuction& cancel) const {
        write_kind(out, Kind::cancel);
        out.u64(cancel.auction_id);
    }
};

CreateAuction read_create(ByteReader& in, bool with_terms = false) {
    CreateAuction create;
    create.name = in.text();
    if (in.flag()) create.description = in.text();
    create.starting_bid = read_money(in);
    create.duration_seconds = in.i64();
    if (with_terms) create.terms = read_terms(in);
    if (with_terms && create.terms->dutch && create.terms->dutch->floor > create.starting_bid) {
        throw MalformedBytes("a falling price begins below its floor");
    }
    return create;
}

CreateAuction read_create_with_seed(ByteReader& in) {
    CreateAuction create = read_create(in, true);
    create.seed = in.text();
    if (create.seed.size() != limits::seed_bytes) throw MalformedBytes("a seed has another size");
    return create;
}

PlaceBid read_bid(ByteReader& in, bool is_maximum = false) {
    PlaceBid bid;
    bid.auction_id = in.u64();
    bid.bidder = in.text();
    bid.amount = read_money(in);
    bid.is_maximum = is_maximum;
    return bid;
}

PlaceBids read_bids(ByteReader& in, bool with_maximums = false) {
    constexpr std::size_t smallest_offer_bytes = 4 + 9;
    PlaceBids bids;
    bids.auction_id = in.u64();
    bids.offers.resize(in.count(smallest_offer_bytes));
    for (auto& offer : bids.offers) {
        offer.bidder = in.text();
        offer.amount = read_money(in);
        if (with_maximums) offer.is_maximum = in.flag();
    }
    const bool maximums = std::any_of(bids.offers.begin(), bids.offers.end(),
                                      [](const auto& offer) { return offer.is_maximum; });
    if (with_maximums != maximums) throw MalformedBytes("a list of maximum bids has none");
    return bids;
}

std::string read_transaction_id(ByteReader& in) {
    std::string id = in.text();
    if (id.empty() || id.size() > limits::max_transaction_id_bytes) {
        throw MalformedBytes("the id of a transaction is empty or too long");
    }
    return id;
}

// A name that a command gives beside an auction.
std::string read_name(ByteReader& in) {
    std::string name = in.text();
    if (name.empty() || name.size() > limits::max_bidder_bytes) {
        throw MalformedBytes("a bidder's name is empty or too long");
    }
    return name;
}

constexpr auto too_new = "a record holds a command that its rules do not know";

PrepareTransaction read_prepare(ByteReader& in, std::uint8_t rules_version) {
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
        case Kind::create_with_terms:
            if (rules_version < rules_with_terms) throw MalformedBytes(too_new);
            prepare.action = read_create(in, true);
            break;
        case Kind::create_with_seed:
            if (rules_version < Command::rules_with_receipts) throw MalformedBytes(too_new);
            prepare.action = read_create_with_seed(in);
            break;
        case Kind::close: prepare.action = CloseAuction{in.u64()}; break;
        default: throw MalformedBytes("a transaction holds what cannot be prepared");
    }
    return prepare;
}

// Whether a command of this kind may have been written with that head.
void check_head(Kind kind, const Command& command) {
    const bool of_receipts = kind >= Kind::create_with_seed;
    if (of_receipts && command.rules_version < Command::rules_with_receipts) {
        throw MalformedBytes(too_new);
    }
    const bool of_terms = kind >= Kind::create_with_terms || command.caller;
    if (of_terms && command.rules_version < rules_with_terms) throw MalformedBytes(too_new);
    if (kind < Kind::prepare || kind >= Kind::create_with_terms) return;
    const bool keyed = command.idempotency && kind != Kind::prepare;
    if (command.rules_version < rules_with_transactions || command.session || keyed) {
        throw MalformedBytes("a record holds a transaction where none can be");
    }
}

}  // namespace

std::string encode(const Command& command) {
    ByteWriter out;
    write_head(out, command.rules_version, command.stamp_us);
    write_key(out, command);
    std::visit(ActionWriter{out}, command.action);
    return out.take();
}

std::string encode(const Action& action, std::uint8_t rules_version) {
    ByteWriter out;
    write_head(out, rules_version, 0);
    write_key_kind(out, KeyKind::none, false);
    std::visit(ActionWriter{out}, action);
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
    const std::uint8_t key_kind = in.u8();
    switch (static_cast<KeyKind>(key_kind & ~with_caller)) {
        case KeyKind::none: break;
        case KeyKind::idempotency: command.idempotency = read_idempotency_key(in); break;
        case KeyKind::session: command.session = read_session_key(in); break;
        default: throw MalformedBytes("a record has an unknown kind of key");
    }
    if ((key_kind & with_caller) != 0) command.caller = read_name(in);
    const auto kind = static_cast<Kind>(in.u8());
    check_head(kind, command);
    switch (kind) {
        case Kind::create: command.action = read_create(in); break;
        case Kind::bid: command.action = read_bid(in); break;
        case Kind::bids: command.action = read_bids(in); break;
        case Kind::close: command.action = CloseAuction{in.u64()}; break;
        case Kind::expire: command.action = ExpireAuction{in.u64()}; break;
        case Kind::prepare: command.action = read_prepare(in, command.rules_version); break;
        case Kind::commit: command.action = CommitTransaction{read_transaction_id(in)}; break;
        case Kind::abort: command.action = AbortTransaction{read_transaction_id(in)}; break;
        case Kind::create_with_terms: command.action = read_create(in, true); break;
        case Kind::create_with_seed: command.action = read_create_with_seed(in); break;
        case Kind::maximum_bid: command.action = read_bid(in, true); break;
        case Kind::bids_with_maximums: command.action = read_bids(in, true); break;
        case Kind::buy_now: {
            const AuctionId id = in.u64();
            command.action = BuyNow{id, read_name(in)};
            break;
        }
        case Kind::retract: {
            const AuctionId id = in.u64();
            command.action = RetractBids{id, read_name(in)};
            break;
        }
        case Kind::cancel: command.action = CancelAuction{in.u64()}; break;
        default: throw MalformedBytes("a record holds an unknown command");
    }
    in.expect_end();
    return command;
}

}  // namespace gavel::auction
