#include "services/auction/auction_book.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/wire_money.h"

namespace gavel::auction {
namespace {

// The first byte of a snapshot. A new layout gets a new number; old ones stay readable.
constexpr std::uint8_t snapshot_layout = 3;
constexpr std::uint8_t layout_without_transactions = 2;
constexpr std::uint8_t layout_without_sessions = 1;
constexpr std::int64_t us_a_second = 1'000'000;

Outcome not_found(AuctionId id) {
    Outcome outcome;
    outcome.code = OutcomeCode::not_found;
    outcome.auction_id = id;
    return outcome;
}

// The outcome of a command that concerned the auction as it is now.
Outcome outcome_for(const Auction& auction, OutcomeCode code, AuctionStatus status) {
    Outcome outcome;
    outcome.code = code;
    outcome.auction_id = auction.id;
    outcome.status = status;
    outcome.bid_count = static_cast<std::uint32_t>(auction.bids.size());
    return outcome;
}

}  // namespace

Applied AuctionBook::apply(const Command& command, std::uint64_t index) {
    assert(index == last_index_ + 1);
    last_index_ = index;
    time_us_ = std::max(time_us_, command.stamp_us);
    keys_.evict(time_us_);
    transactions_.evict(time_us_);

    Applied applied;
    if (auto first = first_outcome(command)) {
        applied.outcome = std::move(*first);
        return applied;
    }
    if (!make_room(command)) {
        applied.outcome.code = OutcomeCode::keys_full;
        applied.outcome.index = index;
        return applied;
    }
    applied.outcome = decide(command, applied.events);
    applied.outcome.index = index;
    if (!is_lasting(applied.outcome.code)) return applied;
    if (command.idempotency) keys_.remember(*command.idempotency, applied.outcome, time_us_);
    if (command.session) sessions_.remember(*command.session, applied.outcome);
    return applied;
}

std::optional<Outcome> AuctionBook::first_outcome(const Command& command) const {
    if (auto known = transactions_.first_outcome(command)) return known;
    if (command.idempotency) return keys_.find(*command.idempotency);
    if (command.session) return sessions_.find(*command.session);
    return std::nullopt;
}

// For the outcome of a command whose key is new.
bool AuctionBook::make_room(const Command& command) {
    if (command.idempotency) return !keys_.full();
    return !command.session || sessions_.make_room(*command.session, time_us_);
}

void AuctionBook::skip(std::uint64_t index) {
    assert(index == last_index_ + 1);
    last_index_ = index;
}

Outcome AuctionBook::decide(const Command& command, std::vector<BookEvent>& events) {
    struct Decision {
        AuctionBook& book;
        const Command& command;
        std::vector<BookEvent>& events;
        Outcome operator()(const CreateAuction& c) const { return book.create(c, events); }
        Outcome operator()(const PlaceBid& c) const { return book.bid(c, events); }
        Outcome operator()(const PlaceBids& c) const { return book.bids(c, events); }
        Outcome operator()(const CloseAuction& c) const { return book.close(c, events); }
        Outcome operator()(const ExpireAuction& c) const { return book.expire(c, events); }
        Outcome operator()(const PrepareTransaction& c) const {
            return book.prepare(command, c, events);
        }
        Outcome operator()(const CommitTransaction& c) const { return book.commit(c, events); }
        Outcome operator()(const AbortTransaction& c) const { return book.abort(c, events); }
    };
    return std::visit(Decision{*this, command, events}, command.action);
}

Outcome AuctionBook::create(const CreateAuction& create, std::vector<BookEvent>& events) {
    return make_auction(next_id(), create, events);
}

AuctionId AuctionBook::next_id() {
    // Ids look like the original's, the millisecond of creation, but are unique and rise.
    last_id_ = std::max(static_cast<AuctionId>(time_us_ / 1000), last_id_ + 1);
    return last_id_;
}

Outcome AuctionBook::make_auction(AuctionId id, const CreateAuction& create,
                                  std::vector<BookEvent>& events) {
    auto auction = std::make_unique<Auction>();
    auction->id = id;
    auction->name = create.name;
    auction->description = create.description;
    auction->starting_bid = create.starting_bid;
    auction->duration_seconds = create.duration_seconds;
    if (create.duration_seconds > 0) {
        auction->closing_time_us = time_us_ + create.duration_seconds * us_a_second;
    }
    const Auction& created = *auction;
    insert(std::move(auction));
    tell(BookEvent::Type::created, created, events);
    return outcome_for(created, OutcomeCode::accepted, created.status);
}

Outcome AuctionBook::bid(const PlaceBid& bid, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(bid.auction_id);
    if (auction == nullptr) return not_found(bid.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::frozen, auction->status);
    }
    const BidOutcome decided = decide_bid(*auction, bid.bidder, bid.amount, events);
    return outcome_for(*auction, decided.code, decided.status);
}

Outcome AuctionBook::bids(const PlaceBids& bids, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(bids.auction_id);
    if (auction == nullptr) return not_found(bids.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::frozen, auction->status);
    }
    Outcome outcome = outcome_for(*auction, OutcomeCode::bulk, auction->status);
    outcome.bids.reserve(bids.offers.size());
    for (const auto& offer : bids.offers) {
        outcome.bids.push_back(decide_bid(*auction, offer.bidder, offer.amount, events));
    }
    return outcome;
}

BidOutcome AuctionBook::decide_bid(Auction& auction, const std::string& bidder, Money amount,
                                   std::vector<BookEvent>& events) {
    const AuctionStatus status = effective_status(auction);
    const auto count = static_cast<std::uint32_t>(auction.bids.size());
    if (status != AuctionStatus::open) return {OutcomeCode::not_open, status, count};
    if (amount <= auction.current_bid()) return {OutcomeCode::too_low, status, count};
    auction.bids.push_back({bidder, amount, time_us_});
    tell(BookEvent::Type::bid, auction, events);
    return {OutcomeCode::accepted, status, count + 1};
}

Outcome AuctionBook::close(const CloseAuction& close, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(close.auction_id);
    if (auction == nullptr) return not_found(close.auction_id);
    if (is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    return close_now(*auction, events);
}

Outcome AuctionBook::close_now(Auction& auction, std::vector<BookEvent>& events) {
    if (auction.status == AuctionStatus::open) {
        settle(auction, time_is_over(auction) ? AuctionStatus::ended : AuctionStatus::closed,
               events);
    }
    return outcome_for(auction, OutcomeCode::accepted, auction.status);
}

Outcome AuctionBook::expire(const ExpireAuction& expire, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(expire.auction_id);
    if (auction == nullptr) return not_found(expire.auction_id);
    if (auction->status != AuctionStatus::open || !time_is_over(*auction) ||
        is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::ignored, auction->status);
    }
    settle(*auction, AuctionStatus::ended, events);
    return outcome_for(*auction, OutcomeCode::accepted, auction->status);
}

// ---- Transactions ------------------------------------------------------------------------------

Outcome AuctionBook::prepare(const Command& command, const PrepareTransaction& prepare,
                             std::vector<BookEvent>& events) {
    Outcome outcome;
    if (transactions_.full()) {
        outcome.code = OutcomeCode::transactions_full;
        return outcome;
    }
    if (prepare.began_us <= transactions_.forgotten_us()) {
        outcome.code = OutcomeCode::aborted;  // if it was committed, nobody waits for this vote
        return outcome;
    }
    if (const auto* create = std::get_if<CreateAuction>(&prepare.action)) {
        outcome = vote(*create);
    } else {
        outcome = vote(std::get<CloseAuction>(prepare.action), events);
    }
    outcome.index = last_index_;
    transactions_.take(command, outcome, time_us_);
    return outcome;
}

Outcome AuctionBook::vote(const CreateAuction&) {
    Outcome outcome;
    outcome.code = OutcomeCode::prepared;
    outcome.auction_id = next_id();
    return outcome;
}

Outcome AuctionBook::vote(const CloseAuction& close, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(close.auction_id);
    if (auction == nullptr) return not_found(close.auction_id);
    if (is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    // The decision would change nothing, and no event would tell others that it was carried out.
    if (effective_status(*auction) != AuctionStatus::open) return close_now(*auction, events);
    open_by_closing_time_.erase({auction->closing_time_us, auction->id});
    return outcome_for(*auction, OutcomeCode::prepared, auction->status);
}

Outcome AuctionBook::commit(const CommitTransaction& commit, std::vector<BookEvent>& events) {
    const auto* entry = transactions_.find(commit.transaction);
    Outcome outcome;
    if (entry == nullptr) {
        outcome.code = OutcomeCode::not_prepared;
        return outcome;
    }
    const Command command = *entry->prepare;
    const auto& prepared = std::get<PrepareTransaction>(command.action);
    if (const auto* create = std::get_if<CreateAuction>(&prepared.action)) {
        outcome = make_auction(entry->vote.auction_id, *create, events);
    } else {
        // It was open at the freeze, which is when it was closed, whatever the time is now.
        Auction& auction = *find_mutable(entry->vote.auction_id);
        settle(auction, AuctionStatus::closed, events);
        outcome = outcome_for(auction, OutcomeCode::accepted, auction.status);
    }
    outcome.index = last_index_;
    transactions_.decide(commit.transaction, TransactionTable::State::committed, outcome, time_us_);
    // Promised with the prepare, so not refused when the table is full by now.
    if (command.idempotency && !keys_.find(*command.idempotency)) {
        keys_.remember(*command.idempotency, outcome, time_us_);
    }
    return outcome;
}

Outcome AuctionBook::abort(const AbortTransaction& abort, std::vector<BookEvent>& events) {
    Outcome outcome;
    outcome.code = OutcomeCode::aborted;
    outcome.index = last_index_;
    const auto* entry = transactions_.find(abort.transaction);
    if (entry == nullptr) {
        // Its prepare may still come, and must find it aborted.
        transactions_.refuse(abort.transaction, outcome, time_us_);
        return outcome;
    }
    outcome.auction_id = entry->vote.auction_id;
    transactions_.decide(abort.transaction, TransactionTable::State::aborted, outcome, time_us_);
    // A prepared create has no auction yet.
    if (Auction* auction = find_mutable(outcome.auction_id)) thaw(*auction, events);
    return outcome;
}

void AuctionBook::thaw(Auction& auction, std::vector<BookEvent>& events) {
    if (time_is_over(auction)) {
        settle(auction, AuctionStatus::ended, events);
    } else if (auction.closing_time_us != 0) {
        open_by_closing_time_.emplace(auction.closing_time_us, auction.id);
    }
}

// Whether it will take it hangs on a decision that is not there.
bool AuctionBook::takes_no_bid_now(const Auction& auction) const {
    return is_frozen(auction.id) && !time_is_over(auction);
}

// ---- Time and status ---------------------------------------------------------------------------

bool AuctionBook::time_is_over(const Auction& auction) const {
    return auction.closing_time_us != 0 && time_us_ >= auction.closing_time_us;
}

AuctionStatus AuctionBook::effective_status(const Auction& auction) const {
    const bool over = auction.status == AuctionStatus::open && time_is_over(auction);
    return over ? AuctionStatus::ended : auction.status;
}

void AuctionBook::settle(Auction& auction, AuctionStatus status, std::vector<BookEvent>& events) {
    auction.status = status;
    open_by_closing_time_.erase({auction.closing_time_us, auction.id});
    tell(status == AuctionStatus::ended ? BookEvent::Type::ended : BookEvent::Type::closed, auction,
         events);
}

void AuctionBook::tell(BookEvent::Type type, const Auction& auction,
                       std::vector<BookEvent>& events) const {
    BookEvent event;
    event.type = type;
    event.n = static_cast<std::uint32_t>(events.size()) * 2 + 1;
    event.auction_id = auction.id;
    if (type == BookEvent::Type::bid) {
        event.bid_number = static_cast<std::uint32_t>(auction.bids.size() - 1);
    }
    event.time_us = time_us_;
    events.push_back(event);
}

const Auction* AuctionBook::find(AuctionId id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

Auction* AuctionBook::find_mutable(AuctionId id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void AuctionBook::insert(std::unique_ptr<Auction> auction) {
    if (auction->status == AuctionStatus::open && auction->closing_time_us != 0) {
        open_by_closing_time_.emplace(auction->closing_time_us, auction->id);
    }
    by_id_.emplace(auction->id, auction.get());
    auctions_.push_back(std::move(auction));
}

std::optional<std::int64_t> AuctionBook::next_closing_time_us() const {
    if (open_by_closing_time_.empty()) return std::nullopt;
    return open_by_closing_time_.begin()->first;
}

std::vector<AuctionId> AuctionBook::due_to_end(std::int64_t now_us, std::size_t max_count) const {
    std::vector<AuctionId> due;
    for (const auto& [closing_time_us, id] : open_by_closing_time_) {
        if (closing_time_us > now_us || due.size() == max_count) break;
        due.push_back(id);
    }
    return due;
}

std::string AuctionBook::serialize() const {
    ByteWriter out;
    out.u8(snapshot_layout);
    out.u64(last_index_);
    out.i64(time_us_);
    out.u64(last_id_);
    out.u32(static_cast<std::uint32_t>(auctions_.size()));
    for (const auto& auction : auctions_) {
        out.u64(auction->id);
        out.text(auction->name);
        out.u8(auction->description ? 1 : 0);
        if (auction->description) out.text(*auction->description);
        write_money(out, auction->starting_bid);
        out.i64(auction->duration_seconds);
        out.i64(auction->closing_time_us);
        out.u8(static_cast<std::uint8_t>(auction->status));
        out.u32(static_cast<std::uint32_t>(auction->bids.size()));
        for (const auto& bid : auction->bids) {
            out.text(bid.bidder);
            write_money(out, bid.amount);
            out.i64(bid.time_us);
        }
    }
    keys_.write(out);
    sessions_.write(out);
    transactions_.write(out);
    return out.take();
}

AuctionBook AuctionBook::deserialize(std::string_view bytes) {
    constexpr std::size_t smallest_auction_bytes = 8 + 4 + 1 + 9 + 8 + 8 + 1 + 4;
    constexpr std::size_t smallest_bid_bytes = 4 + 9 + 8;
    ByteReader in(bytes);
    const auto layout = in.u8();
    if (layout < layout_without_sessions || layout > snapshot_layout) {
        throw MalformedBytes("a snapshot has an unknown layout");
    }
    AuctionBook book;
    book.last_index_ = in.u64();
    book.time_us_ = in.i64();
    if (layout > layout_without_transactions) book.last_id_ = in.u64();
    const auto auction_count = in.count(smallest_auction_bytes);
    for (std::uint32_t i = 0; i < auction_count; ++i) {
        auto auction = std::make_unique<Auction>();
        auction->id = in.u64();
        auction->name = in.text();
        if (in.flag()) auction->description = in.text();
        auction->starting_bid = read_money(in);
        auction->duration_seconds = in.i64();
        auction->closing_time_us = in.i64();
        const auto status = in.u8();
        if (status > static_cast<std::uint8_t>(AuctionStatus::ended)) {
            throw MalformedBytes("an auction has an unknown status");
        }
        auction->status = static_cast<AuctionStatus>(status);
        auction->bids.resize(in.count(smallest_bid_bytes));
        for (auto& bid : auction->bids) {
            bid.bidder = in.text();
            bid.amount = read_money(in);
            bid.time_us = in.i64();
        }
        if (layout <= layout_without_transactions) {
            if (auction->id <= book.last_id_) throw MalformedBytes("auction ids do not rise");
            book.last_id_ = auction->id;
        }
        if (auction->id > book.last_id_ || book.find(auction->id) != nullptr) {
            throw MalformedBytes("an auction has an id that was not given, or another's");
        }
        book.insert(std::move(auction));
    }
    book.keys_ = IdempotencyTable::read(in);
    if (layout > layout_without_sessions) book.sessions_ = SessionTable::read(in);
    if (layout > layout_without_transactions) {
        book.transactions_ = TransactionTable::read(in);
        book.freeze_what_is_prepared();
    }
    in.expect_end();
    return book;
}

void AuctionBook::freeze_what_is_prepared() {
    std::set<AuctionId> promised;
    for (const auto& transaction : transactions_.prepared()) {
        const auto& entry = *transactions_.find(transaction);
        const auto& prepared = std::get<PrepareTransaction>(entry.prepare->action);
        const AuctionId id = entry.vote.auction_id;
        const Auction* auction = find(id);
        const auto* close = std::get_if<CloseAuction>(&prepared.action);
        const bool fits = close != nullptr
                              ? auction != nullptr && close->auction_id == id &&
                                    auction->status == AuctionStatus::open
                              : auction == nullptr && id <= last_id_ && promised.insert(id).second;
        if (!fits) throw MalformedBytes("a prepared transaction does not fit the auctions");
        if (close != nullptr) open_by_closing_time_.erase({auction->closing_time_us, id});
    }
}

}  // namespace gavel::auction
