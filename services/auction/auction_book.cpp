#include "services/auction/auction_book.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/acts.h"
#include "services/auction/house_rules.h"
#include "services/auction/wire_money.h"
#include "services/auction/wire_proceedings.h"

namespace gavel::auction {
namespace {

// The first byte of a snapshot. A new layout gets a new number; old ones stay readable.
constexpr std::uint8_t snapshot_layout = 6;
constexpr std::uint8_t layout_without_daily_heads = 5;
constexpr std::uint8_t layout_without_journals = 4;
constexpr std::uint8_t layout_without_rules = 3;
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

// When an auction that opens at that time ends; 0: not by itself.
std::int64_t end_of(const CreateAuction& create, std::int64_t opened_us) {
    return create.duration_seconds > 0 ? opened_us + create.duration_seconds * us_a_second : 0;
}

// What is wrong with a create at the moment at which it is made.
std::optional<Outcome> refusal_at(const CreateAuction& create, std::int64_t now_us) {
    if (!create.terms || !create.terms->soft_close) return std::nullopt;
    const std::int64_t hard_end_us = create.terms->soft_close->hard_end_us;
    const std::int64_t end_us = end_of(create, std::max(now_us, create.terms->opens_at_us));
    if (hard_end_us == 0 || hard_end_us >= end_us) return std::nullopt;
    Outcome outcome;
    outcome.code = OutcomeCode::ends_before_it_does;
    return outcome;
}

// An auction that was read must fit its rules, or lack of them.
void check_rules(const Auction& auction) {
    const auto& proceedings = auction.proceedings;
    const bool plain =
        auction.status <= AuctionStatus::ended || auction.status == AuctionStatus::cancelled;
    if (proceedings == nullptr && !plain) {
        throw MalformedBytes("a plain auction has a status of one with rules");
    }
    if (proceedings == nullptr) return;
    const auto& dutch = proceedings->terms.dutch;
    if (dutch && dutch->floor > auction.starting_bid) {
        throw MalformedBytes("a falling price begins below its floor");
    }
    const auto bid_count = static_cast<std::uint32_t>(auction.bids.size());
    if (proceedings->closing_time_after(bid_count) != auction.closing_time_us) {
        throw MalformedBytes("an auction does not end when it was last said to");
    }
    const Lead lead = public_lead(auction, bid_count);
    const bool rises =
        proceedings->terms.format == Format::english && !contract::is_over(auction.status);
    if (rises && lead.bidder.empty() && lead.price != auction.starting_bid) {
        throw MalformedBytes("nobody leads, but the price is not the starting bid");
    }
    if (rises && !lead.bidder.empty() && proceedings->maximum < lead.price) {
        throw MalformedBytes("a leader would not pay the price");
    }
}

void write_journal(ByteWriter& out, const Journal& journal) {
    out.u32(journal.acts);
    if (!journal.is_kept()) return;
    out.text(bytes_of(journal.head));
    out.text(journal.seed);
    out.u32(static_cast<std::uint32_t>(journal.records.size()));
    journal.records.each_piece([&](std::string_view piece) { out.raw(piece); });
}

Journal read_journal(ByteReader& in) {
    Journal journal;
    journal.acts = in.u32();
    if (!journal.is_kept()) return journal;
    const auto head = in.text_view();
    if (head.size() != journal.head.size()) throw MalformedBytes("a hash has another size");
    std::copy(head.begin(), head.end(), journal.head.begin());
    journal.seed = in.text();
    journal.records = AppendText(in.text());
    return journal;
}

// When it opens or ends by itself; 0: never again.
std::int64_t due_time_us(const Auction& auction) {
    if (auction.status == AuctionStatus::scheduled) return auction.proceedings->opened_us;
    return auction.status == AuctionStatus::open ? auction.closing_time_us : 0;
}

}  // namespace

Applied AuctionBook::apply(const Command& command, std::uint64_t index) {
    assert(index == last_index_ + 1);
    last_index_ = index;
    time_us_ = std::max(time_us_, command.stamp_us);
    keys_.evict(time_us_);
    transactions_.evict(time_us_);
    if (daily_heads_.must_end(time_us_)) {
        daily_heads_.end_day([this](AuctionId id) -> const Auction& { return *by_id_.at(id); });
    }

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
    applied.receipt = write_down(command, applied);
    if (!is_lasting(applied.outcome.code)) return applied;
    if (command.idempotency) keys_.remember(*command.idempotency, applied.outcome, time_us_);
    if (command.session) sessions_.remember(*command.session, applied.outcome);
    return applied;
}

std::optional<Receipt> AuctionBook::write_down(const Command& command, const Applied& applied) {
    if (command.rules_version < Command::rules_with_receipts) return std::nullopt;
    Auction* auction = find_mutable(applied.outcome.auction_id);
    if (auction == nullptr) return std::nullopt;
    Act act{last_index_, time_us_, static_cast<std::uint32_t>(auction->bids.size()),
            auction->status};
    const bool created =
        !applied.events.empty() && applied.events.front().type == BookEvent::Type::created;
    if (created) {
        // Without a seed there is nothing to hide its secrets with.
        if (auction->proceedings != nullptr && auction->journal.seed.empty()) return std::nullopt;
    } else {
        if (!auction->journal.is_kept()) return std::nullopt;
        act.action = action_of(command, applied.outcome, !applied.events.empty());
        if (!act.action) return std::nullopt;
    }
    const std::int64_t before_us = auction->journal.last_us;
    const Receipt receipt = write_act(*auction, act);
    daily_heads_.acted(*auction, before_us);
    return receipt;
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
        Outcome operator()(const PlaceBid& c) const { return book.bid(command, c, events); }
        Outcome operator()(const PlaceBids& c) const { return book.bids(command, c, events); }
        Outcome operator()(const BuyNow& c) const { return book.buy_now(command, c, events); }
        Outcome operator()(const RetractBids& c) const { return book.retract(c, events); }
        Outcome operator()(const CancelAuction& c) const { return book.cancel(c, events); }
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
    if (const auto refusal = refusal_at(create, time_us_)) return *refusal;
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
    std::int64_t opened_us = time_us_;
    if (create.terms && create.terms->opens_at_us > time_us_) {
        opened_us = create.terms->opens_at_us;
        auction->status = AuctionStatus::scheduled;
    }
    auction->closing_time_us = end_of(create, opened_us);
    if (create.terms) {
        auction->proceedings = Boxed(Proceedings());
        auction->proceedings->terms = *create.terms;
        auction->proceedings->opened_us = opened_us;
        auction->proceedings->first_end_us = auction->closing_time_us;
        auction->journal.seed = create.seed;
    }
    const Auction& created = *auction;
    insert(std::move(auction));
    tell(BookEvent::Type::created, created, events);
    return outcome_for(created, OutcomeCode::accepted, created.status);
}

Outcome AuctionBook::bid(const Command& command, const PlaceBid& bid,
                         std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(bid.auction_id);
    if (auction == nullptr) return not_found(bid.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::frozen, auction->status);
    }
    const BidOutcome decided =
        decide_bid(command, *auction, {bid.bidder, bid.amount, bid.is_maximum}, events);
    return outcome_for(*auction, decided.code, decided.status);
}

Outcome AuctionBook::bids(const Command& command, const PlaceBids& bids,
                          std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(bids.auction_id);
    if (auction == nullptr) return not_found(bids.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::frozen, auction->status);
    }
    Outcome outcome = outcome_for(*auction, OutcomeCode::bulk, auction->status);
    outcome.bids.reserve(bids.offers.size());
    for (const auto& offer : bids.offers) {
        outcome.bids.push_back(decide_bid(command, *auction, offer, events));
    }
    return outcome;
}

BidOutcome AuctionBook::decide_bid(const Command& command, Auction& auction,
                                   const PlaceBids::Offer& offer, std::vector<BookEvent>& events) {
    if (auction.proceedings != nullptr) {
        return decide_by_rules(auction, events, [&](HouseRules& rules) {
            return rules.bid({offer.bidder, offer.amount, offer.is_maximum}, command.caller);
        });
    }
    const AuctionStatus status = effective_status(auction);
    const auto count = static_cast<std::uint32_t>(auction.bids.size());
    if (status != AuctionStatus::open) return {OutcomeCode::not_open, status, count};
    if (offer.is_maximum) return {OutcomeCode::no_maximums, status, count};
    if (offer.amount <= auction.current_bid()) return {OutcomeCode::too_low, status, count};
    auction.bids.push_back({offer.bidder, offer.amount, time_us_});
    tell(BookEvent::Type::bid, auction, events, count);
    return {OutcomeCode::accepted, status, count + 1};
}

// ---- Rules of its own --------------------------------------------------------------------------

template <class Decide>
BidOutcome AuctionBook::decide_by_rules(Auction& auction, std::vector<BookEvent>& events,
                                        Decide decide) {
    open_if_due(auction, events);
    const AuctionStatus status = effective_status(auction);
    const std::size_t first_new = auction.bids.size();
    if (status != AuctionStatus::open) {
        return {OutcomeCode::not_open, status, static_cast<std::uint32_t>(first_new)};
    }
    const std::int64_t end_us = auction.closing_time_us;
    HouseRules rules(auction, time_us_);
    const HouseRules::Decision decision = decide(rules);
    tell_bids(auction, first_new, events);
    if (auction.closing_time_us != end_us) {
        auto due = due_.extract({end_us, auction.id});
        due.value().first = auction.closing_time_us;
        due_.insert(due_.end(), std::move(due));  // likely later than any other
        tell(BookEvent::Type::extended, auction, events, auction.bids.size() - 1);
    }
    if (decision.bought) settle(auction, AuctionStatus::bought, events);
    return {decision.code, auction.status, static_cast<std::uint32_t>(auction.bids.size())};
}

void AuctionBook::open_if_due(Auction& auction, std::vector<BookEvent>& events) {
    if (auction.status != AuctionStatus::scheduled) return;
    if (auction.proceedings->opened_us > time_us_) return;
    unwatch(auction);
    auction.status = AuctionStatus::open;
    watch(auction);
    tell(BookEvent::Type::opened, auction, events);
}

Outcome AuctionBook::buy_now(const Command& command, const BuyNow& purchase,
                             std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(purchase.auction_id);
    if (auction == nullptr) return not_found(purchase.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    if (auction->proceedings == nullptr) {
        const AuctionStatus status = effective_status(*auction);
        const bool open = status == AuctionStatus::open;
        return outcome_for(*auction, open ? OutcomeCode::not_for_sale : OutcomeCode::not_open,
                           status);
    }
    const BidOutcome decided = decide_by_rules(*auction, events, [&](HouseRules& rules) {
        return rules.buy_now(purchase.bidder, command.caller);
    });
    return outcome_for(*auction, decided.code, decided.status);
}

Outcome AuctionBook::retract(const RetractBids& retraction, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(retraction.auction_id);
    if (auction == nullptr) return not_found(retraction.auction_id);
    if (takes_no_bid_now(*auction)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    if (auction->proceedings == nullptr) {
        const AuctionStatus status = effective_status(*auction);
        const bool open = status == AuctionStatus::open;
        return outcome_for(*auction, open ? OutcomeCode::no_retractions : OutcomeCode::not_open,
                           status);
    }
    const BidOutcome decided = decide_by_rules(
        *auction, events, [&](HouseRules& rules) { return rules.retract(retraction.bidder); });
    return outcome_for(*auction, decided.code, decided.status);
}

Outcome AuctionBook::cancel(const CancelAuction& cancel, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(cancel.auction_id);
    if (auction == nullptr) return not_found(cancel.auction_id);
    if (is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    const AuctionStatus status = effective_status(*auction);
    if (status == AuctionStatus::cancelled) {
        return outcome_for(*auction, OutcomeCode::accepted, status);
    }
    if (contract::is_over(status)) return outcome_for(*auction, OutcomeCode::not_open, status);
    settle(*auction, AuctionStatus::cancelled, events);
    return outcome_for(*auction, OutcomeCode::accepted, auction->status);
}

// ---- Closing -----------------------------------------------------------------------------------

Outcome AuctionBook::close(const CloseAuction& close, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(close.auction_id);
    if (auction == nullptr) return not_found(close.auction_id);
    if (is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::in_transaction, auction->status);
    }
    return close_now(*auction, events);
}

Outcome AuctionBook::close_now(Auction& auction, std::vector<BookEvent>& events) {
    open_if_due(auction, events);
    if (!contract::is_over(auction.status)) {
        settle(auction, time_is_over(auction) ? AuctionStatus::ended : AuctionStatus::closed,
               events);
    }
    return outcome_for(auction, OutcomeCode::accepted, auction.status);
}

Outcome AuctionBook::expire(const ExpireAuction& expire, std::vector<BookEvent>& events) {
    Auction* auction = find_mutable(expire.auction_id);
    if (auction == nullptr) return not_found(expire.auction_id);
    if (is_frozen(auction->id)) {
        return outcome_for(*auction, OutcomeCode::ignored, auction->status);
    }
    open_if_due(*auction, events);
    const bool opens = !events.empty();
    if (auction->status != AuctionStatus::open || !time_is_over(*auction)) {
        return outcome_for(*auction, opens ? OutcomeCode::accepted : OutcomeCode::ignored,
                           auction->status);
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
        const auto refusal = refusal_at(*create, time_us_);
        outcome = refusal ? *refusal : vote(*create);
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
    if (contract::is_over(effective_status(*auction))) return close_now(*auction, events);
    unwatch(*auction);
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
        // It was not over at the freeze, which is when it was closed, whatever the time is now.
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
    open_if_due(auction, events);
    if (time_is_over(auction)) {
        settle(auction, AuctionStatus::ended, events);
    } else {
        watch(auction);
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
    const bool over = !contract::is_over(auction.status) && time_is_over(auction);
    return over ? AuctionStatus::ended : auction.status;
}

void AuctionBook::settle(Auction& auction, AuctionStatus status, std::vector<BookEvent>& events) {
    unwatch(auction);
    const std::size_t first_new = auction.bids.size();
    const bool opens_bids = auction.proceedings != nullptr && status != AuctionStatus::cancelled;
    if (opens_bids) HouseRules(auction, time_us_).open_sealed();
    tell_bids(auction, first_new, events);
    auction.status = status;
    tell(status == AuctionStatus::ended ? BookEvent::Type::ended : BookEvent::Type::closed, auction,
         events);
}

void AuctionBook::tell(BookEvent::Type type, const Auction& auction, std::vector<BookEvent>& events,
                       std::size_t bid_number) const {
    // A bid by rules tells of two or three things, and seldom of more.
    if (events.empty() && auction.proceedings != nullptr) events.reserve(4);
    BookEvent event;
    event.type = type;
    event.n = static_cast<std::uint32_t>(events.size()) * 2 + 1;
    event.auction_id = auction.id;
    event.bid_number = static_cast<std::uint32_t>(bid_number);
    event.time_us = time_us_;
    events.push_back(event);
}

void AuctionBook::tell_bids(const Auction& auction, std::size_t first,
                            std::vector<BookEvent>& events) const {
    for (std::size_t number = first; number < auction.bids.size(); ++number) {
        const auto* remark = auction.proceedings->remark_on(static_cast<std::uint32_t>(number));
        const bool retracted = remark != nullptr && !remark->retracted_by.empty();
        tell(retracted ? BookEvent::Type::retracted : BookEvent::Type::bid, auction, events,
             number);
    }
}

void AuctionBook::watch(const Auction& auction) {
    const std::int64_t due_us = due_time_us(auction);
    if (due_us != 0) due_.emplace(due_us, auction.id);
}

void AuctionBook::unwatch(const Auction& auction) {
    due_.erase({due_time_us(auction), auction.id});
}

Auction* AuctionBook::look_up(AuctionId id) const {
    if (last_used_ != nullptr && last_used_->id == id) return last_used_;
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const Auction* AuctionBook::find(AuctionId id) const {
    return look_up(id);
}

Auction* AuctionBook::find_mutable(AuctionId id) {
    Auction* const found = look_up(id);
    if (found != nullptr) last_used_ = found;
    return found;
}

void AuctionBook::insert(std::unique_ptr<Auction> auction) {
    watch(*auction);
    by_id_.emplace(auction->id, auction.get());
    auctions_.push_back(std::move(auction));
}

std::optional<std::int64_t> AuctionBook::next_closing_time_us() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

std::vector<AuctionId> AuctionBook::due_to_end(std::int64_t now_us, std::size_t max_count) const {
    std::vector<AuctionId> due;
    for (const auto& [due_us, id] : due_) {
        if (due_us > now_us || due.size() == max_count) break;
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
        out.u8(auction->proceedings != nullptr ? 1 : 0);
        if (auction->proceedings != nullptr) write_proceedings(out, *auction->proceedings);
        write_journal(out, auction->journal);
    }
    keys_.write(out);
    sessions_.write(out);
    transactions_.write(out);
    daily_heads_.write(out);
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
        if (status > static_cast<std::uint8_t>(AuctionStatus::cancelled)) {
            throw MalformedBytes("an auction has an unknown status");
        }
        auction->status = static_cast<AuctionStatus>(status);
        for (auto count = in.count(smallest_bid_bytes); count > 0; --count) {
            Bid bid;
            bid.bidder = in.text();
            bid.amount = read_money(in);
            bid.time_us = in.i64();
            auction->bids.push_back(std::move(bid));
        }
        if (layout > layout_without_rules && in.flag()) {
            auction->proceedings = Boxed(read_proceedings(in, auction->bids.size()));
        }
        check_rules(*auction);
        if (layout > layout_without_journals) {
            auction->journal = read_journal(in);
            check_journal(*auction);
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
    book.daily_heads_ = layout > layout_without_daily_heads
                            ? DailyHeads::read(in, book.auctions_)
                            : DailyHeads::of(book.auctions_, book.time_us_);
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
                                    !contract::is_over(auction->status)
                              : auction == nullptr && id <= last_id_ && promised.insert(id).second;
        if (!fits) throw MalformedBytes("a prepared transaction does not fit the auctions");
        if (close != nullptr) unwatch(*auction);
    }
}

}  // namespace gavel::auction
