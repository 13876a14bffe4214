#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/command.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// The transactions that the book takes part in: what was prepared and waits for its decision, and
// for a day of book time what was decided, so that whatever comes again has its first outcome and
// no second effect. Part of the book: the same log gives the same table. Not thread-safe.
//
// Of what was decided the newest are remembered, limits::max_finished_transactions of each kind. So
// a decision always has its place; a prepare that comes again when its transaction was forgotten is
// known by its age.
class TransactionTable {
  public:
    enum class State : std::uint8_t { prepared, committed, aborted };

    struct Entry {
        State state = State::prepared;
        std::int64_t began_us = 0;      // as its prepare says
        std::uint64_t fingerprint = 0;  // of what was to be done; 0: no prepare has come
        Outcome vote;                   // of its prepare
        Outcome decided;                // of its commit or abort
        std::optional<Command> prepare = std::nullopt;  // while it is prepared
    };

    // What a prepare, commit or abort came to when it came first: the vote or the decision's
    // outcome. In place of it `contradicts` when the transaction was decided otherwise, or is about
    // something else. A prepare that comes again after its abort is told `aborted`. Nothing when it
    // is new, or another command.
    std::optional<Outcome> first_outcome(const Command& command) const;

    // No more can be prepared: limits::max_prepared_transactions.
    bool full() const;
    // Transactions that began at this time or before it may have been here, and forgotten: they
    // cannot be prepared any more.
    std::int64_t forgotten_us() const { return forgotten_us_; }
    struct Decided {
        std::string transaction;
        std::int64_t time_us = 0;  // book time
    };
    // Oldest first.
    const std::deque<Decided>& committed() const { return committed_; }
    const std::deque<Decided>& aborted() const { return aborted_; }
    const Entry* find(const std::string& transaction) const;
    // Their ids, in order.
    const std::set<std::string>& prepared() const { return prepared_; }
    // The transaction that is about to close this auction; null when there is none.
    const std::string* freezes(AuctionId id) const;

    // `command` is a PrepareTransaction and `vote` its outcome: what is `prepared` waits for its
    // decision, any other is aborted. REQUIRES: its transaction is not known, and not full().
    void take(const Command& command, const Outcome& vote, std::int64_t now_us);
    // An abort came before any prepare. REQUIRES: the transaction is not known.
    void refuse(const std::string& transaction, const Outcome& aborted, std::int64_t now_us);
    // REQUIRES: it is prepared.
    void decide(const std::string& transaction, State state, const Outcome& decided,
                std::int64_t now_us);
    // Forgets what was decided more than limits::transaction_keep_us ago.
    void evict(std::int64_t now_us);

    void write(ByteWriter& out) const;
    static TransactionTable read(ByteReader& in);

  private:
    std::optional<Outcome> first_vote(const PrepareTransaction& prepare) const;
    std::optional<Outcome> first_decision(const std::string& transaction, State state) const;
    Entry& insert(const std::string& transaction, Entry entry);
    void remember(const std::string& transaction, State state, std::int64_t now_us);
    void forget_oldest(std::deque<Decided>& decided);
    void evict(std::deque<Decided>& decided, std::int64_t now_us);
    void write_decided(ByteWriter& out, const std::deque<Decided>& decided) const;
    void read_prepared(ByteReader& in);
    void read_decided(ByteReader& in, State state);

    std::unordered_map<std::string, Entry> entries_;
    std::set<std::string> prepared_;
    std::unordered_map<AuctionId, std::string> freezing_;
    std::deque<Decided> committed_;
    std::deque<Decided> aborted_;
    std::int64_t forgotten_us_ = 0;
};

}  // namespace gavel::auction
