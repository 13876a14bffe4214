#include "services/auction/auction_book.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/bytes/byte_reader.h"
#include "common/limits.h"
#include "tests/auction/commands.h"

namespace gavel::auction {
namespace {

using Type = BookEvent::Type;

TEST_CASE("a new auction is open at its starting bid, and the world is told") {
    StampedBook b;
    const auto applied = b.apply(create("Lamp", 50, 60));
    CHECK(applied.outcome.code == OutcomeCode::accepted);
    CHECK(applied.outcome.index == 1);
    const Auction& auction = b.at(applied.outcome.auction_id);
    CHECK(auction.name == "Lamp");
    CHECK(auction.status == AuctionStatus::open);
    CHECK(auction.current_bid() == money(50));
    CHECK(auction.highest_bidder().empty());
    CHECK(auction.closing_time_us == start_us + 60 * second_us);
    REQUIRE(applied.events.size() == 1);
    CHECK(applied.events[0].type == Type::created);
    CHECK(applied.events[0].auction_id == auction.id);
    CHECK(applied.events[0].time_us == start_us);
}

TEST_CASE("an entry that is no command of the book takes an index and changes nothing else") {
    StampedBook skipping;
    StampedBook other;
    const auto id = skipping.make("Lamp", 50, 60);
    other.make("Lamp", 50, 60);
    skipping.book.skip(2);
    CHECK(skipping.book.last_index() == 2);
    CHECK(skipping.book.time_us() == other.book.time_us());
    CHECK(skipping.at(id) == other.at(id));
    const auto applied = skipping.apply(bid(id, "ann", 60));
    CHECK(applied.outcome.index == 3);
    CHECK(applied.outcome.bid_count == 1);
    CHECK(AuctionBook::deserialize(skipping.book.serialize()).last_index() == 3);
}

TEST_CASE("an auction without a duration has no end") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    CHECK(b.at(id).closing_time_us == 0);
    CHECK_FALSE(b.book.next_closing_time_us());
    b.now_us += 1'000'000 * second_us;
    CHECK(b.apply(expire(id)).outcome.code == OutcomeCode::ignored);
    CHECK(b.apply(bid(id, "ann", 60)).outcome.code == OutcomeCode::accepted);
}

TEST_CASE("prices only rise: equal is too low, and so is the starting bid") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    struct Row {
        std::int64_t amount;
        OutcomeCode code;
        std::uint32_t bids;
    };
    const Row rows[] = {{49, OutcomeCode::too_low, 0},  {50, OutcomeCode::too_low, 0},
                        {60, OutcomeCode::accepted, 1}, {60, OutcomeCode::too_low, 1},
                        {55, OutcomeCode::too_low, 1},  {61, OutcomeCode::accepted, 2}};
    for (const auto& row : rows) {
        const auto applied = b.apply(bid(id, "ann", row.amount));
        CHECK(applied.outcome.code == row.code);
        CHECK(applied.outcome.bid_count == row.bids);
        CHECK(applied.events.size() == (row.code == OutcomeCode::accepted ? 1 : 0));
    }
    CHECK(b.at(id).current_bid() == money(61));
    CHECK(b.at(id).bids.size() == 2);
}

TEST_CASE("the smallest amount of money is enough to beat a price") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    Command command = bid(id, "ann", 50);
    std::get<PlaceBid>(command.action).amount.units += 1;
    CHECK(b.apply(command).outcome.code == OutcomeCode::accepted);
}

TEST_CASE("how an amount was written is no part of its value") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    Command command = bid(id, "ann", 50);
    std::get<PlaceBid>(command.action).amount.notation = Money::Notation::decimal;
    CHECK(b.apply(command).outcome.code == OutcomeCode::too_low);
}

TEST_CASE("of two racing bids the one that the log has second must beat the first") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    CHECK(b.apply(bid(id, "ann", 100)).outcome.code == OutcomeCode::accepted);
    CHECK(b.apply(bid(id, "bob", 90)).outcome.code == OutcomeCode::too_low);
    CHECK(b.at(id).highest_bidder() == "ann");
}

TEST_CASE("a closed auction refuses bids with its reason") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    CHECK(b.apply(close(id)).outcome.status == AuctionStatus::closed);
    const auto refused = b.apply(bid(id, "ann", 60));
    CHECK(refused.outcome.code == OutcomeCode::not_open);
    CHECK(refused.outcome.status == AuctionStatus::closed);
    CHECK(refused.events.empty());
}

TEST_CASE("an ended auction refuses bids with its reason") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.now_us += 60 * second_us;
    CHECK(b.apply(expire(id)).outcome.status == AuctionStatus::ended);
    const auto refused = b.apply(bid(id, "ann", 60));
    CHECK(refused.outcome.code == OutcomeCode::not_open);
    CHECK(refused.outcome.status == AuctionStatus::ended);
}

TEST_CASE("closing twice is accepted twice and told once") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto first = b.apply(close(id));
    REQUIRE(first.events.size() == 1);
    CHECK(first.events[0].type == Type::closed);
    const auto second = b.apply(close(id));
    CHECK(second.outcome.code == OutcomeCode::accepted);
    CHECK(second.outcome.status == AuctionStatus::closed);
    CHECK(second.events.empty());
}

TEST_CASE("a bid at or after the closing time is refused, before the expire command has come") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.now_us = start_us + 60 * second_us - 1;
    CHECK(b.apply(bid(id, "ann", 60)).outcome.code == OutcomeCode::accepted);
    b.now_us += 1;
    const auto refused = b.apply(bid(id, "bob", 70));
    CHECK(refused.outcome.code == OutcomeCode::not_open);
    CHECK(refused.outcome.status == AuctionStatus::ended);
    CHECK(refused.events.empty());
    CHECK(b.at(id).status == AuctionStatus::open);  // until it is told that it ended
    CHECK(b.apply(expire(id)).events.at(0).type == Type::ended);
}

TEST_CASE("closing by hand after the closing time ends the auction") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.now_us += 60 * second_us;
    const auto applied = b.apply(close(id));
    CHECK(applied.outcome.status == AuctionStatus::ended);
    REQUIRE(applied.events.size() == 1);
    CHECK(applied.events[0].type == Type::ended);
    CHECK(b.apply(expire(id)).events.empty());
}

TEST_CASE("an expire command that comes too early, or twice, does nothing") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.now_us += 60 * second_us - 1;
    CHECK(b.apply(expire(id)).outcome.code == OutcomeCode::ignored);
    CHECK(b.at(id).status == AuctionStatus::open);
    b.now_us += 1;
    CHECK(b.apply(expire(id)).outcome.code == OutcomeCode::accepted);
    CHECK(b.apply(expire(id)).outcome.code == OutcomeCode::ignored);
    CHECK(b.apply(expire(999)).outcome.code == OutcomeCode::not_found);
}

TEST_CASE("book time never goes back") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.now_us += 60 * second_us;
    b.apply(close(999));
    b.now_us = start_us;  // a stamp from before
    CHECK(b.apply(bid(id, "ann", 60)).outcome.status == AuctionStatus::ended);
    CHECK(b.book.time_us() == start_us + 60 * second_us);
}

TEST_CASE("what is not there is not found") {
    StampedBook b;
    for (const auto& command : {bid(7, "ann", 60), bids(7, {{"ann", 60}}), close(7), expire(7)}) {
        const auto applied = b.apply(command);
        CHECK(applied.outcome.code == OutcomeCode::not_found);
        CHECK(applied.outcome.auction_id == 7);
        CHECK(applied.events.empty());
    }
}

TEST_CASE("ids are the millisecond of creation, unique and rising whatever the clock does") {
    StampedBook b;
    const AuctionId first = b.make("a", 1);
    CHECK(first == static_cast<AuctionId>(start_us / 1000));
    CHECK(b.make("b", 1) == first + 1);  // the same millisecond
    CHECK(b.make("c", 1) == first + 2);
    b.now_us -= 3600 * second_us;  // the clock goes back
    CHECK(b.make("d", 1) == first + 3);
    b.now_us = start_us + 5'000;
    CHECK(b.make("e", 1) == first + 5);
    CHECK(b.book.auctions().size() == 5);
}

TEST_CASE("at the beginning of time ids begin with 1") {
    AuctionBook book;
    CHECK(book.apply(create("a", 1), 1).outcome.auction_id == 1);
    CHECK(book.apply(create("b", 1), 2).outcome.auction_id == 2);
}

TEST_CASE("a bulk command is decided in order, each bid against the one before") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto applied =
        b.apply(bids(id, {{"ann", 60}, {"bob", 55}, {"bob", 70}, {"cy", 70}, {"ann", 71}}));
    CHECK(applied.outcome.code == OutcomeCode::bulk);
    const std::vector<BidOutcome> expected = {
        {OutcomeCode::accepted, AuctionStatus::open, 1},
        {OutcomeCode::too_low, AuctionStatus::open, 1},
        {OutcomeCode::accepted, AuctionStatus::open, 2},
        {OutcomeCode::too_low, AuctionStatus::open, 2},
        {OutcomeCode::accepted, AuctionStatus::open, 3},
    };
    CHECK(applied.outcome.bids == expected);
    CHECK(b.at(id).current_bid() == money(71));
    CHECK(b.apply(bids(id, {})).outcome.bids.empty());
}

TEST_CASE("a bulk command on an auction that is over refuses each bid with its reason") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(close(id));
    const auto applied = b.apply(bids(id, {{"ann", 60}, {"bob", 70}}));
    const BidOutcome refused{OutcomeCode::not_open, AuctionStatus::closed, 0};
    CHECK(applied.outcome.bids == std::vector<BidOutcome>{refused, refused});
}

TEST_CASE("the events of one command are numbered 1, 3, 5, and tell which bid each was") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(bid(id, "ann", 51));
    const auto applied = b.apply(bids(id, {{"ann", 60}, {"bob", 55}, {"bob", 70}, {"cy", 80}}));
    REQUIRE(applied.events.size() == 3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(applied.events[i].type == Type::bid);
        CHECK(applied.events[i].n == 2 * i + 1);
        CHECK(applied.events[i].bid_number == i + 1);
    }
}

TEST_CASE("the open auctions that are due come with the earliest first, and no more than asked") {
    StampedBook b;
    const auto late = b.make("late", 1, 30);
    const auto early = b.make("early", 1, 10);
    const auto closed = b.make("closed", 1, 5);
    b.apply(close(closed));
    b.make("endless", 1);
    CHECK(b.book.next_closing_time_us() == start_us + 10 * second_us);
    CHECK(b.book.due_to_end(start_us + 10 * second_us - 1, 9).empty());
    CHECK(b.book.due_to_end(start_us + 10 * second_us, 9) == std::vector{early});
    CHECK(b.book.due_to_end(start_us + 99 * second_us, 9) == std::vector{early, late});
    CHECK(b.book.due_to_end(start_us + 99 * second_us, 1) == std::vector{early});
}

// ---- Idempotency ----

TEST_CASE("a key that came before does nothing and has the first outcome") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    const auto first = b.apply(with_key(bid(id, "ann", 60), "k"));
    CHECK(first.events.size() == 1);
    b.apply(bid(id, "bob", 70));
    const auto again = b.apply(with_key(bid(id, "ann", 60), "k"));
    CHECK(again.outcome == first.outcome);
    CHECK(again.outcome.index == 2);
    CHECK(again.events.empty());
    CHECK(b.at(id).bids.size() == 2);
    CHECK(b.book.first_outcome(*with_key(bid(id, "ann", 60), "k").idempotency) == first.outcome);
}

TEST_CASE("creating with the same key twice makes one auction") {
    StampedBook b;
    const auto first = b.apply(with_key(create("Lamp", 50), "k"));
    const auto again = b.apply(with_key(create("Lamp", 50), "k"));
    CHECK(again.outcome.auction_id == first.outcome.auction_id);
    CHECK(b.book.auctions().size() == 1);
}

TEST_CASE("a key with another body is refused and changes nothing") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(with_key(bid(id, "ann", 60), "k", 1));
    const auto other = b.apply(with_key(bid(id, "ann", 99), "k", 2));
    CHECK(other.outcome.code == OutcomeCode::key_reused);
    CHECK(other.events.empty());
    CHECK(b.at(id).bids.size() == 1);
}

TEST_CASE("a key means nothing outside its scope") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(with_key(bid(id, "ann", 60), "k", 1, "POST /a"));
    CHECK(b.apply(with_key(bid(id, "ann", 70), "k", 1, "POST /b")).events.size() == 1);
    // Scope and key do not run into each other.
    CHECK(b.apply(with_key(bid(id, "ann", 80), "bk", 1, "POST /a")).events.size() == 1);
    CHECK(b.apply(with_key(bid(id, "ann", 90), "k", 1, "POST /ab")).events.size() == 1);
}

TEST_CASE("refusals are remembered like acceptances") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    CHECK(b.apply(with_key(bid(id, "ann", 40), "low")).outcome.code == OutcomeCode::too_low);
    CHECK(b.apply(with_key(bid(7, "ann", 40), "none")).outcome.code == OutcomeCode::not_found);
    CHECK(b.apply(with_key(bid(id, "ann", 60), "high")).outcome.code == OutcomeCode::accepted);
    const auto again = b.apply(with_key(bid(id, "ann", 40), "low"));
    CHECK(again.outcome.code == OutcomeCode::too_low);
    CHECK(again.outcome.bid_count == 0);
    CHECK(again.outcome.index == 2);
    CHECK(b.apply(with_key(bid(7, "ann", 40), "none")).outcome.index == 3);
}

TEST_CASE("a key is forgotten a day of book time later, not before") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    b.apply(with_key(bid(id, "ann", 60), "k"));
    b.now_us = start_us + limits::idempotency_keep_us - 1;
    CHECK(b.apply(with_key(bid(id, "ann", 60), "k")).outcome.code == OutcomeCode::accepted);
    b.now_us += 1;
    CHECK(b.apply(with_key(bid(id, "ann", 60), "k")).outcome.code == OutcomeCode::too_low);
}

TEST_CASE("a full table of keys refuses new keys, serves old ones, and is free again a day later") {
    StampedBook b;
    const auto id = b.make("Lamp", 50);
    for (std::size_t i = 0; i < limits::max_idempotency_keys; ++i) {
        b.apply(with_key(close(7), std::to_string(i)));
    }
    const auto refused = b.apply(with_key(bid(id, "ann", 60), "new"));
    CHECK(refused.outcome.code == OutcomeCode::keys_full);
    CHECK(refused.events.empty());
    CHECK_FALSE(b.book.first_outcome(*with_key(close(1), "new").idempotency));
    CHECK(b.apply(with_key(close(7), "0")).outcome.code == OutcomeCode::not_found);
    CHECK(b.apply(bid(id, "ann", 60)).outcome.code == OutcomeCode::accepted);
    b.now_us += limits::idempotency_keep_us;
    CHECK(b.apply(with_key(bid(id, "ann", 70), "new")).outcome.code == OutcomeCode::accepted);
}

// ---- Determinism ----

Command transaction_command(std::uint64_t kind, std::string transaction, AuctionId id) {
    switch (kind) {
        case 0: return prepare_create(std::move(transaction), "made by two phases", 5, 2);
        case 1: return prepare_close(std::move(transaction), id);
        case 2: return commit(std::move(transaction));
        default: return abort(std::move(transaction));
    }
}

// Commands of every kind, most of them sensible, at times that also go back.
std::vector<Command> random_commands(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t end) { return random() % end; };
    std::vector<Command> commands;
    StampedBook shadow;  // knows which ids there are
    std::int64_t now_us = start_us;
    while (commands.size() < count) {
        now_us += static_cast<std::int64_t>(below(200'000)) - 20'000;
        const auto& auctions = shadow.book.auctions();
        AuctionId id = 12'345;
        if (!auctions.empty() && below(20) != 0) {
            // Mostly one of the newest, so that auctions see many bids while they are open.
            const auto back = std::min<std::size_t>(below(10) + 1, auctions.size());
            id = auctions[auctions.size() - back]->id;
        }
        const auto amount = static_cast<std::int64_t>(below(1'000)) + 1;
        const std::string bidder(1, static_cast<char>('a' + below(5)));
        Command command;
        switch (below(12)) {
            case 0:
                command = create("n" + std::to_string(commands.size()), amount / 10 + 1,
                                 static_cast<std::int64_t>(below(6)));
                break;
            case 1: command = close(id); break;
            case 2: command = expire(id); break;
            case 3: command = bids(id, {{bidder, amount}, {"x", amount + 1}, {"y", amount}}); break;
            case 4:
                command = transaction_command(below(4), "t" + std::to_string(below(40)), id);
                break;
            default: command = bid(id, bidder, amount);
        }
        const bool may_have_key = !std::holds_alternative<CommitTransaction>(command.action) &&
                                  !std::holds_alternative<AbortTransaction>(command.action);
        const bool may_have_session =
            may_have_key && !std::holds_alternative<PrepareTransaction>(command.action);
        if (may_have_key && below(3) == 0) {
            command = with_key(std::move(command), std::to_string(below(200)), below(2),
                               "POST /" + std::to_string(below(3)));
        } else if (may_have_session && below(3) == 0) {
            const auto serial = below(10) + commands.size() / 20;
            command = with_session(std::move(command), below(3), serial,
                                   serial - std::min(serial, below(8)), below(2));
        }
        if (below(1'000) == 0) now_us += limits::idempotency_keep_us / 2;
        command.stamp_us = now_us;
        shadow.book.apply(command, shadow.book.last_index() + 1);
        commands.push_back(std::move(command));
    }
    return commands;
}

// What must hold of every book, and of each step from one to the next.
class Invariants {
  public:
    void check(const AuctionBook& book, const Applied& applied) {
        CHECK(book.time_us() >= time_us_);
        time_us_ = book.time_us();
        for (std::size_t i = 0; i < applied.events.size(); ++i) {
            REQUIRE(applied.events[i].n == 2 * i + 1);
        }
        const auto& auctions = book.auctions();
        REQUIRE(auctions.size() >= before_.size());
        std::set<AuctionId> ids;
        std::optional<std::int64_t> next_end;
        for (std::size_t i = 0; i < auctions.size(); ++i) {
            const Auction& now = *auctions[i];
            REQUIRE(ids.insert(now.id).second);
            REQUIRE(book.find(now.id) == &now);
            const bool frozen = book.is_frozen(now.id);
            if (frozen) REQUIRE(now.status == AuctionStatus::open);
            if (now.status == AuctionStatus::open && now.closing_time_us != 0 && !frozen) {
                next_end = std::min(next_end.value_or(now.closing_time_us), now.closing_time_us);
            }
            if (i == before_.size()) before_.push_back(now);
            Auction& before = before_[i];
            if (before.status != AuctionStatus::open) {
                REQUIRE(now == before);  // nothing changes any more
                continue;
            }
            REQUIRE(now.bids.size() >= before.bids.size());
            REQUIRE(std::equal(before.bids.begin(), before.bids.end(), now.bids.begin()));
            for (std::size_t n = before.bids.size(); n < now.bids.size(); ++n) {
                const Money price = n == 0 ? now.starting_bid : now.bids[n - 1].amount;
                REQUIRE(now.bids[n].amount > price);
                REQUIRE((now.closing_time_us == 0 || now.bids[n].time_us < now.closing_time_us));
            }
            if (!now.bids.empty()) REQUIRE(now.current_bid() == now.bids.back().amount);
            // What was frozen before this step and after it has not changed.
            if (frozen && frozen_.contains(now.id)) REQUIRE(now == before);
            before = now;
        }
        REQUIRE(book.next_closing_time_us() == next_end);
        frozen_.clear();
        for (const AuctionId id : ids) {
            if (book.is_frozen(id)) frozen_.insert(id);
        }
    }

  private:
    std::set<AuctionId> frozen_;
    std::vector<Auction> before_;
    std::int64_t time_us_ = 0;
};

TEST_CASE("the same commands give the same book, byte for byte, and every step keeps the rules") {
    for (const std::uint64_t seed : {1ULL, 2ULL, 20'240'601ULL}) {
        INFO("seed " << seed);
        const auto commands = random_commands(seed, 4'000);
        AuctionBook first;
        AuctionBook second;
        Invariants invariants;
        std::size_t told = 0;
        for (const auto& command : commands) {
            const Applied applied = first.apply(command, first.last_index() + 1);
            invariants.check(first, applied);
            told += applied.events.size();
            const Applied again = second.apply(decode(encode(command)), second.last_index() + 1);
            REQUIRE(again.outcome == applied.outcome);
        }
        CHECK(told > 500);  // the run was not all refusals
        CHECK(first.serialize() == second.serialize());
    }
}

TEST_CASE("a book that was stored and read in the middle goes on as if it had not been") {
    for (const std::uint64_t seed : {3ULL, 4ULL}) {
        INFO("seed " << seed);
        const auto commands = random_commands(seed, 3'000);
        AuctionBook whole;
        AuctionBook interrupted;
        for (const auto& command : commands) {
            const auto expected = whole.apply(command, whole.last_index() + 1);
            const auto outcome = interrupted.apply(command, interrupted.last_index() + 1).outcome;
            REQUIRE(outcome == expected.outcome);
            if (whole.last_index() % 100 == 0) {
                const std::string bytes = interrupted.serialize();
                interrupted = AuctionBook::deserialize(bytes);
                REQUIRE(interrupted.serialize() == bytes);
            }
        }
        CHECK(interrupted.serialize() == whole.serialize());
        CHECK(interrupted.next_closing_time_us() == whole.next_closing_time_us());
    }
}

TEST_CASE("bytes that are not a book are refused, whatever was changed in them") {
    StampedBook b;
    const auto id = b.make("Lamp", 50, 60);
    b.apply(with_key(bids(id, {{"ann", 60}, {"bob", 55}}), "k"));
    b.apply(with_session(bids(id, {{"cy", 70}}), 7, 2));
    b.apply(with_session(bid(id, "cy", 70), 7, 3));
    b.apply(with_session(close(1), 8, 1));
    b.make("Desk", 5);
    b.apply(prepare_create("t-1", "Vase", 5));
    b.apply(prepare_close("t-2", id));
    b.apply(prepare_close("t-3", id));
    b.apply(prepare_create("t-4", "Bowl", 5));
    b.apply(commit("t-4"));
    const std::string bytes = b.book.serialize();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(AuctionBook::deserialize(bytes.substr(0, size)), MalformedBytes);
    }
    CHECK_THROWS_AS(AuctionBook::deserialize(bytes + '\0'), MalformedBytes);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int change = 1; change < 256; ++change) {
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ change);
            try {
                const AuctionBook read = AuctionBook::deserialize(changed);
                REQUIRE(read.serialize() == changed);
            } catch (const MalformedBytes&) {
                ++refused;
            }
        }
    }
    CHECK(refused > 0);
}

}  // namespace
}  // namespace gavel::auction
