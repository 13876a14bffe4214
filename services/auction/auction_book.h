#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/auction/command.h"
#include "services/auction/daily_heads.h"
#include "services/auction/idempotency_table.h"
#include "services/auction/outcome.h"
#include "services/auction/receipt.h"
#include "services/auction/session_table.h"
#include "services/auction/transaction_table.h"

namespace gavel::auction {

// What the world is told about one change; a FeedEvent is made of it.
struct BookEvent {
    // The last three are told of auctions with rules of their own alone.
    enum class Type : std::uint8_t { created, bid, closed, ended, opened, extended, retracted };
    Type type = Type::created;
    // Numbers what one command told: 1, 3, 5 … The even number before it is the number of the
    // auction's new state, which streams send just before the event.
    std::uint32_t n = 0;
    AuctionId auction_id = 0;
    // For bid, extended and retracted: which entry of the list of bids, from 0.
    std::uint32_t bid_number = 0;
    std::int64_t time_us = 0;  // book time
};

struct Applied {
    Outcome outcome;
    std::vector<BookEvent> events;
    std::optional<Receipt> receipt = std::nullopt;  // it has done something to an auction
};

// The rules of an auction, and all that follows from the log: a deterministic state machine
// (Schneider 1990). It reads no clock, file, socket or random number: the same commands in the
// same order give the same book, byte for byte, on every machine and in every replay.
//
// Not thread-safe: belongs to whoever applies the log.
class AuctionBook {
  public:
    // Applies the entry with this index, which must be the one after last_index(). The rules:
    //
    // - Book time never goes back: max(book time so far, the command's stamp).
    // - An auction whose closing time has come takes no bid and cannot be closed by hand any
    //   more, whether or not its expire command has come.
    // - A bid must be above the current price, which starts as the starting bid. So of two racing
    //   bids the one that the log has second must beat the first.
    // - Closing an auction that is not open changes nothing.
    // - An auction with rules of its own goes by them instead (services/auction/rules). Before its
    //   opening time it takes no bid, from then on it does, whether or not its expire command has
    //   come. Whoever buys it closes it.
    // - A command whose idempotency key, or session's serial, came before does nothing and has the
    //   first outcome. So has a repeated prepare, commit or abort of a transaction.
    // - A prepared close freezes its auction at its leader: until the decision it takes no bid,
    //   cannot be closed by another command, and does not end by itself; what its closing time
    //   refuses stays refused. The commit closes it. The abort thaws it, and ends it if its time
    //   has come meanwhile.
    // - A prepared create has its id, and is nobody else's business until the commit, which is
    //   the moment of its creation: its duration counts from then.
    // - What a close would not change is not frozen: it has its outcome at once, and there is
    //   nothing to commit. An auction that is in a transaction enters no other one.
    // - After a decision the other one is refused, and so is a commit of what was not prepared.
    Applied apply(const Command& command, std::uint64_t index);

    // The entry with this index, the one after last_index(), is no command of the book: a
    // replicated log has entries of its own (a new leader's no-op, a change of its members).
    // Only last_index() advances.
    void skip(std::uint64_t index);

    // The first outcome of this key, if the log has it already.
    std::optional<Outcome> first_outcome(const IdempotencyKey& key) const {
        return keys_.find(key);
    }
    // Likewise; `session_expired` when its owner no longer waits for an answer.
    std::optional<Outcome> first_outcome(const SessionKey& key) const {
        return sessions_.find(key);
    }
    // That of this command, by its transaction or its key: applied again, it does nothing.
    std::optional<Outcome> first_outcome(const Command& command) const;

    const Auction* find(AuctionId id) const;
    // In order of creation. An id is given when a create is prepared, so ids need not rise.
    const std::vector<std::unique_ptr<Auction>>& auctions() const { return auctions_; }

    const TransactionTable& transactions() const { return transactions_; }
    // It waits for the decision of a transaction.
    bool is_frozen(AuctionId id) const { return transactions_.freezes(id) != nullptr; }

    // How far the chains had come at the end of each day.
    const DailyHeads& daily_heads() const { return daily_heads_; }

    std::uint64_t last_index() const { return last_index_; }
    std::int64_t time_us() const { return time_us_; }
    // When the next auction that is not frozen opens or ends by itself: Unix time in microseconds.
    std::optional<std::int64_t> next_closing_time_us() const;
    // Those whose opening or end is at or before that time, the earliest first.
    std::vector<AuctionId> due_to_end(std::int64_t now_us, std::size_t max_count) const;

    // The whole book as bytes; equal books give equal bytes.
    std::string serialize() const;
    // Throws MalformedBytes when the bytes are not a book.
    static AuctionBook deserialize(std::string_view bytes);

  private:
    bool make_room(const Command& command);
    // Into the auction's journal, if it has done something to one.
    std::optional<Receipt> write_down(const Command& command, const Applied& applied);
    Outcome decide(const Command& command, std::vector<BookEvent>& events);
    Outcome create(const CreateAuction& create, std::vector<BookEvent>& events);
    Outcome bid(const Command& command, const PlaceBid& bid, std::vector<BookEvent>& events);
    Outcome bids(const Command& command, const PlaceBids& bids, std::vector<BookEvent>& events);
    Outcome buy_now(const Command& command, const BuyNow& purchase, std::vector<BookEvent>& events);
    Outcome retract(const RetractBids& retraction, std::vector<BookEvent>& events);
    Outcome cancel(const CancelAuction& cancel, std::vector<BookEvent>& events);
    Outcome close(const CloseAuction& close, std::vector<BookEvent>& events);
    Outcome expire(const ExpireAuction& expire, std::vector<BookEvent>& events);
    Outcome prepare(const Command& command, const PrepareTransaction& prepare,
                    std::vector<BookEvent>& events);
    Outcome vote(const CreateAuction& create);
    Outcome vote(const CloseAuction& close, std::vector<BookEvent>& events);
    Outcome commit(const CommitTransaction& commit, std::vector<BookEvent>& events);
    Outcome abort(const AbortTransaction& abort, std::vector<BookEvent>& events);

    AuctionId next_id();
    Outcome make_auction(AuctionId id, const CreateAuction& create, std::vector<BookEvent>& events);
    Outcome close_now(Auction& auction, std::vector<BookEvent>& events);
    void thaw(Auction& auction, std::vector<BookEvent>& events);
    BidOutcome decide_bid(const Command& command, Auction& auction, const PlaceBids::Offer& offer,
                          std::vector<BookEvent>& events);
    // Lets the rules of the auction decide, and tells what has come of it.
    template <class Decide>
    BidOutcome decide_by_rules(Auction& auction, std::vector<BookEvent>& events, Decide decide);
    // Its opening time has come, though its expire command may not have.
    void open_if_due(Auction& auction, std::vector<BookEvent>& events);
    // Ended in fact, though the status may still say open until its expire command comes.
    bool time_is_over(const Auction& auction) const;
    bool takes_no_bid_now(const Auction& auction) const;
    AuctionStatus effective_status(const Auction& auction) const;
    void settle(Auction& auction, AuctionStatus status, std::vector<BookEvent>& events);
    // Of an entry of its list of bids; of no one in particular without a number.
    void tell(BookEvent::Type type, const Auction& auction, std::vector<BookEvent>& events,
              std::size_t bid_number = 0) const;
    // Tells of the entries of its list from `first` on.
    void tell_bids(const Auction& auction, std::size_t first, std::vector<BookEvent>& events) const;
    // Waits for its opening or end, or does not wait any more.
    void watch(const Auction& auction);
    void unwatch(const Auction& auction);
    Auction* look_up(AuctionId id) const;
    Auction* find_mutable(AuctionId id);
    void insert(std::unique_ptr<Auction> auction);
    // What was read must fit together.
    void freeze_what_is_prepared();

    std::vector<std::unique_ptr<Auction>> auctions_;
    std::unordered_map<AuctionId, Auction*> by_id_;
    Auction* last_used_ = nullptr;  // by a command: it is what is asked for next
    // When they open or end by themselves.
    std::set<std::pair<std::int64_t, AuctionId>> due_;
    IdempotencyTable keys_;
    SessionTable sessions_;
    TransactionTable transactions_;
    AuctionId last_id_ = 0;  // the highest that was given
    std::uint64_t last_index_ = 0;
    std::int64_t time_us_ = 0;
    DailyHeads daily_heads_;
};

}  // namespace gavel::auction
