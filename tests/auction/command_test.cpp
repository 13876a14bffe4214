#include "services/auction/command.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/bytes/byte_reader.h"
#include "common/limits.h"
#include "services/auction/auction_book.h"
#include "tests/auction/fixture_file.h"
#include "tests/auction/ruled_commands.h"

namespace gavel::auction {
namespace {

// One of each kind, the odd values in them.
std::vector<Command> samples(std::uint8_t rules_version = Command::current_rules_version) {
    Command no_description = create("Lamp \"\xc3\xa9\"\n", 50, 60);
    std::get<CreateAuction>(no_description.action).description = std::nullopt;
    Command described = create("Lamp", 1);
    std::get<CreateAuction>(described.action).description = "used once";
    std::get<CreateAuction>(described.action).starting_bid = {5, Money::Notation::decimal};
    std::vector<Command> all = {
        no_description,
        described,
        bid(1'700'000'000'000, "ann", 100'000'000),
        bids(18'446'744'073'709'551'615ULL, {{"ann", 60}, {"b", 1}}),
        bids(7, {}),
        close(0),
        expire(9),
    };
    std::int64_t stamp_us = start_us;
    for (auto& command : all) {
        command.stamp_us = stamp_us++;
        command.rules_version = rules_version;
    }
    all[6].stamp_us = -1;
    const std::size_t count = all.size();
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(with_key(all[i], "key " + std::to_string(i), 0xfedcba9876543210ULL,
                               "POST /auctions/7/bid"));
    }
    return all;
}

// The same with sessions, which records could not have from the beginning.
std::vector<Command> samples_with_sessions(
    std::uint8_t rules_version = Command::current_rules_version) {
    std::vector<Command> all = samples(rules_version);
    all.resize(all.size() / 2);  // those without a key
    std::uint64_t serial = 0xfffffffffffffff0ULL;
    for (auto& command : all) {
        command = with_session(command, 0x0123456789abcdefULL, serial, serial - 5, 0xfedcULL);
        ++serial;
    }
    return all;
}

// What two-phase commit brought.
std::vector<Command> samples_of_transactions() {
    Command described = prepare_create("t-1", "Lamp \"\xc3\xa9\"\n", 50, 60);
    std::get<PrepareTransaction>(described.action).memo = std::string("ask \0 them", 10);
    Command undescribed = prepare_create("t-2", "Lamp", 1);
    std::get<CreateAuction>(std::get<PrepareTransaction>(undescribed.action).action).description =
        std::nullopt;
    std::vector<Command> all = {
        described,
        undescribed,
        prepare_close(std::string(limits::max_transaction_id_bytes, 't'), 1'700'000'000'000),
        with_key(prepare_close("t-3", 7), "key", 0xfedcba9876543210ULL, "POST /auctions/7/close"),
        commit("t-1"),
        abort("t-2"),
    };
    std::int64_t stamp_us = start_us;
    for (auto& command : all) {
        command.stamp_us = stamp_us++;
        command.rules_version = 2;
    }
    return all;
}

// What rules of an auction's own brought.
std::vector<Command> samples_with_terms() {
    AuctionTerms english;
    english.currency = find_currency("EUR");
    english.seller = "sue";
    english.increments = {Increments::Kind::table,
                          {{500'000, 10'000}, {Increments::no_end, 25'000}}};
    english.proxy = true;
    english.reserve = money(77);
    english.buy_now_price = money(200);
    english.buy_now_policy = BuyNowPolicy::always;
    english.soft_close = SoftClose{60, 120, 3, start_us + 9'000 * second_us};
    english.opens_at_us = start_us + 5 * second_us;
    english.retractions = true;
    Command several = bids(7, {{"ann", 60}, {"bob", 70}});
    std::get<PlaceBids>(several.action).offers[1].is_maximum = true;
    Command prepared = prepare_create("t-1", "Lamp", 50, 60);
    auto& inner = std::get<PrepareTransaction>(prepared.action).action;
    std::get<CreateAuction>(inner).terms = format_terms(Format::vickrey);
    Command called = bid(7, "ann", 60);
    called.caller = "ann";
    Command called_with_key = with_key(maximum(7, "ann", 90), "k");
    called_with_key.caller = "ann";
    Command called_in_session = with_session(retract(7, "ann"), 1, 2);
    called_in_session.caller = "ann";
    std::vector<Command> all = {create(english, 50),
                                create(format_terms(Format::dutch), 50),
                                create(format_terms(Format::sealed_first_price), 50),
                                maximum(7, "ann", 100),
                                several,
                                buy_now(7, "ann"),
                                retract(7, "ann"),
                                cancel(7),
                                prepared,
                                called,
                                called_with_key,
                                called_in_session};
    std::int64_t stamp_us = start_us;
    for (auto& command : all) {
        command.stamp_us = stamp_us++;
        command.rules_version = 3;
    }
    return all;
}

std::vector<Command> all_samples() {
    std::vector<Command> all = samples();
    for (auto& command : samples_with_sessions()) all.push_back(std::move(command));
    for (auto& command : samples_of_transactions()) all.push_back(std::move(command));
    for (auto& command : samples_with_terms()) all.push_back(std::move(command));
    all.push_back(with_seed(create(proxy_terms(), 50)));
    all.push_back(with_seed(prepare("t-1", create(proxy_terms(), 50))));
    return all;
}

TEST_CASE("every command comes back from its record") {
    for (const auto& command : all_samples()) {
        const std::string record = encode(command);
        CHECK(decode(record) == command);
        CHECK(encode(decode(record)) == record);
    }
}

TEST_CASE("a record that was cut off or goes on too long is refused") {
    for (const auto& command : all_samples()) {
        const std::string record = encode(command);
        for (std::size_t size = 0; size < record.size(); ++size) {
            CHECK_THROWS_AS(decode(std::string_view(record).substr(0, size)), MalformedBytes);
        }
        CHECK_THROWS_AS(decode(record + '\0'), MalformedBytes);
    }
}

TEST_CASE("a record with one byte changed is another record or none: each has one form") {
    for (const auto& command : all_samples()) {
        const std::string record = encode(command);
        for (std::size_t i = 0; i < record.size(); ++i) {
            for (int change = 1; change < 256; ++change) {
                std::string changed = record;
                changed[i] = static_cast<char>(changed[i] ^ change);
                try {
                    const Command read = decode(changed);
                    REQUIRE(encode(read) == changed);
                } catch (const MalformedBytes&) {
                }
            }
        }
    }
}

TEST_CASE("a count of what is not there does not make room for it") {
    std::string record = encode(bids(7, {{"ann", 60}}));
    record.resize(record.size() - 4 - 3 - 9 - 4);  // up to the count
    record += "\xff\xff\xff\xff";
    CHECK_THROWS_WITH_AS(decode(record), "a count is too large", MalformedBytes);
}

TEST_CASE("a record of a later layout, of later rules or of no rules is refused") {
    const std::string record = encode(close(7));
    for (const auto& [at, value] :
         {std::pair(0, 2), std::pair(0, 0), std::pair(1, 5), std::pair(1, 0)}) {
        std::string changed = record;
        changed[static_cast<std::size_t>(at)] = static_cast<char>(value);
        CHECK_THROWS_AS(decode(changed), MalformedBytes);
    }
}

TEST_CASE("a transaction has an id and rules that know it, and no session") {
    const auto refused = [](const Command& command) {
        CHECK_THROWS_AS(decode(encode(command)), MalformedBytes);
    };
    refused(commit(""));
    refused(abort(std::string(limits::max_transaction_id_bytes + 1, 't')));
    refused(prepare_close("", 7));
    Command long_memo = prepare_close("t", 7);
    std::get<PrepareTransaction>(long_memo.action)
        .memo.assign(limits::max_transaction_memo_bytes + 1, 'm');
    refused(long_memo);
    Command timeless = prepare_close("t", 7);
    std::get<PrepareTransaction>(timeless.action).began_us = 0;
    refused(timeless);
    for (Command command : {prepare_close("t", 7), commit("t"), abort("t")}) {
        refused(with_session(command, 1, 1));
        command.rules_version = 1;
        refused(command);
    }
    refused(with_key(commit("t"), "k"));
    refused(with_key(abort("t"), "k"));
}

TEST_CASE("rules of an auction's own need rules that know them, and are never all off") {
    for (Command command : samples_with_terms()) {
        command.rules_version = 2;
        CHECK_THROWS_AS(decode(encode(command)), MalformedBytes);
    }
    const auto refused = [](const AuctionTerms& terms) {
        CHECK_THROWS_AS(decode(encode(create(terms, 50))), MalformedBytes);
    };
    refused(AuctionTerms());
    AuctionTerms terms = format_terms(Format::dutch);
    terms.dutch->floor = money(51);
    refused(terms);
    terms = format_terms(Format::dutch);
    terms.dutch->interval_seconds = 0;
    refused(terms);
    terms = proxy_terms();
    terms.increments.rows.clear();
    refused(terms);
    terms = proxy_terms();
    terms.increments.rows[0].step_units = 0;
    refused(terms);
    terms = AuctionTerms();
    terms.currency = Currency{"EUR", 5};
    refused(terms);
    for (const auto& command : {buy_now(7, ""), retract(7, std::string(256, 'a'))}) {
        CHECK_THROWS_AS(decode(encode(command)), MalformedBytes);
    }
}

// What was once written stays readable for ever: these files are never made anew.

TEST_CASE("records of layout 1 are read as they were meant, and written as they were") {
    const auto records = read_fixture("records_layout_1.hex");
    const auto expected = samples(1);
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(decode(records[i]) == expected[i]);
        CHECK(encode(expected[i]) == records[i]);
    }
}

TEST_CASE("records with sessions are read as they were meant, and written as they were") {
    const auto records = read_fixture("records_with_sessions.hex");
    const auto expected = samples_with_sessions(1);
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(decode(records[i]) == expected[i]);
        CHECK(encode(expected[i]) == records[i]);
    }
}

// What the books of the fixtures hold; layout 1 had no sessions.
StampedBook fixture_book() {
    StampedBook b;
    b.rules_version = 3;
    b.apply(with_key(create("Lamp", 50, 60), "k1"));
    const auto id = b.book.auctions()[0]->id;
    b.apply(with_key(bids(id, {{"ann", 60}, {"bob", 55}, {"bob", 70}}), "k2", 7));
    Command no_description = create("Desk", 5);
    std::get<CreateAuction>(no_description.action).description = std::nullopt;
    b.apply(no_description);
    b.apply(close(id + 1));
    b.make("Chair", 9, 1);
    b.now_us += 2 * second_us;
    b.apply(expire(id + 2));
    b.apply(with_key(bid(id, "cy", 65), "k3"));
    return b;
}

TEST_CASE("a book of layout 1 is read as it was meant, and goes on as one of today") {
    const auto books = read_fixture("book_layout_1.hex");
    REQUIRE(books.size() == 1);
    StampedBook b = fixture_book();
    AuctionBook read = AuctionBook::deserialize(books[0]);
    CHECK(read.serialize() == b.book.serialize());
    CHECK(read.last_index() == 7);
    REQUIRE(read.auctions().size() == 3);
    CHECK(*read.auctions()[0] == *b.book.auctions()[0]);
    CHECK(read.auctions()[1]->status == AuctionStatus::closed);
    CHECK(read.auctions()[2]->status == AuctionStatus::ended);
    CHECK(read.first_outcome(IdempotencyKey{"POST /x", "k3", 1})->code == OutcomeCode::too_low);
    const Command next = with_session(bid(read.auctions()[0]->id, "cy", 90), 7, 1);
    CHECK(read.apply(next, 8).outcome == b.book.apply(next, 8).outcome);
    CHECK(read.serialize() == b.book.serialize());
}

TEST_CASE("records of transactions are read as they were meant, and written as they were") {
    const auto records = read_fixture("records_of_transactions.hex");
    const auto expected = samples_of_transactions();
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(decode(records[i]) == expected[i]);
        CHECK(encode(expected[i]) == records[i]);
    }
}

TEST_CASE("a book of layout 2 is read as it was meant, and goes on as one of today") {
    const auto books = read_fixture("book_layout_2.hex");
    REQUIRE(books.size() == 1);
    StampedBook b = fixture_book();
    const auto id = b.book.auctions()[0]->id;
    b.apply(with_session(bids(id, {{"ann", 90}, {"bob", 91}}), 0x0123456789abcdefULL, 4, 2, 9));
    b.apply(with_session(close(12), 7, 1));
    AuctionBook read = AuctionBook::deserialize(books[0]);
    CHECK(read.serialize() == b.book.serialize());
    CHECK(read.first_outcome(SessionKey{7, 1, 1, 1})->code == OutcomeCode::not_found);
    CHECK(read.first_outcome(SessionKey{0x0123456789abcdefULL, 1, 1, 1})->code ==
          OutcomeCode::session_expired);
    const Command next = prepare_create("t", "Vase", 5);
    CHECK(read.apply(next, 10).outcome == b.book.apply(next, 10).outcome);
    CHECK(read.serialize() == b.book.serialize());
}

// The book of layout 2's fixture with transactions in every state, one of them by a key.
StampedBook fixture_book_with_transactions() {
    StampedBook b = fixture_book();
    const auto id = b.book.auctions()[0]->id;
    b.apply(with_session(bids(id, {{"ann", 90}, {"bob", 91}}), 0x0123456789abcdefULL, 4, 2, 9));
    b.apply(with_session(close(12), 7, 1));
    for (Command command : {prepare_create("t-1", "Vase", 5, 60), prepare_create("t-2", "Bowl", 6),
                            with_key(prepare_close("t-3", id), "k4"), commit("t-2"),
                            prepare_close("t-4", id), abort("t-5")}) {
        command.rules_version = 2;
        b.apply(command);
    }
    return b;
}

TEST_CASE("a book of layout 3 is read as it was meant, and goes on as one of today") {
    const auto books = read_fixture("book_layout_3.hex");
    REQUIRE(books.size() == 1);
    StampedBook b = fixture_book_with_transactions();
    AuctionBook read = AuctionBook::deserialize(books[0]);
    CHECK(read.serialize() == b.book.serialize());
    CHECK(read.transactions().prepared() == std::set<std::string>{"t-1", "t-3"});
    CHECK(read.is_frozen(read.auctions()[0]->id));
    CHECK(read.auctions().back()->name == "Bowl");
    CHECK(read.transactions().find("t-4")->vote.code == OutcomeCode::in_transaction);
    CHECK(read.transactions().find("t-5")->state == TransactionTable::State::aborted);
    const Command next = create(proxy_terms(), 5);
    CHECK(read.apply(next, read.last_index() + 1).outcome.code == OutcomeCode::accepted);
    b.book.apply(next, b.book.last_index() + 1);
    CHECK(read.serialize() == b.book.serialize());
}

TEST_CASE(
    "records with rules of an auction are read as they were meant, and written as they were") {
    const auto records = read_fixture("records_with_terms.hex");
    const auto expected = samples_with_terms();
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK(decode(records[i]) == expected[i]);
        CHECK(encode(expected[i]) == records[i]);
    }
}

// The book of layout 3's fixture with auctions of every format.
StampedBook fixture_book_with_rules() {
    StampedBook b = fixture_book_with_transactions();
    const auto last = [&] { return b.book.auctions().back()->id; };
    AuctionTerms terms = proxy_terms();
    terms.currency = find_currency("EUR");
    terms.reserve = money(80);
    terms.soft_close = SoftClose{60, 120, 3, 0};
    terms.retractions = true;
    b.apply(create(terms, 50, 60));
    b.apply(maximum(last(), "ann", 100));
    b.apply(maximum(last(), "bob", 90));
    b.apply(retract(last(), "bob"));
    b.apply(create(format_terms(Format::vickrey), 50));
    b.apply(bid(last(), "ann", 70));
    b.apply(with_key(bid(last(), "bob", 60), "k5"));
    b.apply(create(format_terms(Format::sealed_first_price), 50));
    b.apply(bid(last(), "ann", 70));
    b.apply(close(last()));
    b.apply(create(format_terms(Format::dutch), 50));
    b.apply(buy_now(last(), "cy"));
    terms.opens_at_us = start_us + 600 * second_us;
    b.apply(create(terms, 50));
    b.apply(with_key(maximum(last(), "ann", 70), "k6"));
    b.apply(create(proxy_terms(), 50));
    b.apply(cancel(last()));
    return b;
}

TEST_CASE("a book of layout 4 is read as it was meant, and goes on as one of today") {
    const auto books = read_fixture("book_layout_4.hex");
    REQUIRE(books.size() == 1);
    StampedBook b = fixture_book_with_rules();
    AuctionBook read = AuctionBook::deserialize(books[0]);
    CHECK(read.serialize() == b.book.serialize());
    const auto& auctions = read.auctions();
    REQUIRE(auctions.size() == 10);
    CHECK(shown_bids(*auctions[4]) == "ann 80, bob 90, ann 95 automatic, ann 80 retracted by bob");
    CHECK(auctions[4]->proceedings->maximum == money(100));
    CHECK(auctions[4]->closing_time_us > auctions[4]->proceedings->first_end_us);
    CHECK(auctions[5]->proceedings->sealed.size() == 2);
    CHECK(auctions[7]->status == AuctionStatus::bought);
    CHECK(auctions[8]->status == AuctionStatus::scheduled);
    CHECK(auctions[9]->status == AuctionStatus::cancelled);
    // Auctions from before there were receipts have none.
    Command next = with_seed(create(proxy_terms(), 5));
    CHECK(read.apply(bid(auctions[5]->id, "cy", 90), read.last_index() + 1).receipt ==
          std::nullopt);
    CHECK(read.apply(next, read.last_index() + 1).receipt.has_value());
    b.book.apply(bid(auctions[5]->id, "cy", 90), b.book.last_index() + 1);
    b.book.apply(next, b.book.last_index() + 1);
    CHECK(read.serialize() == b.book.serialize());
}

// The book of layout 4's fixture with auctions that have journals.
StampedBook fixture_book_with_journals() {
    StampedBook b = fixture_book_with_rules();
    b.rules_version = 4;
    const auto last = [&] { return b.book.auctions().back()->id; };
    AuctionTerms terms = proxy_terms();
    terms.reserve = money(80);
    b.apply(with_seed(create(terms, 50, 60)));
    b.apply(maximum(last(), "ann", 100));
    b.apply(bids(last(), {{"bob", 60}, {"bob", 90}}));
    b.apply(close(last()));
    b.apply(with_seed(create(format_terms(Format::vickrey), 50)));
    b.apply(bid(last(), "ann", 70));
    b.apply(create("Lamp", 50));
    b.apply(bid(last(), "ann", 70));
    return b;
}

// Bids of the next day, and the first entry of the day after it.
void go_on_for_days(StampedBook& b) {
    const AuctionId sealed = b.book.auctions()[11]->id;
    const AuctionId plain = b.book.auctions()[12]->id;
    b.now_us += 86'400 * second_us;
    b.apply(bid(sealed, "bob", 80));
    b.apply(bid(plain, "bob", 80));
    b.apply(close(sealed));
    b.now_us += 86'400 * second_us;
    b.apply(bid(plain, "cy", 90));
}

TEST_CASE("a book of layout 5 is read as it was meant, and goes on as one of today") {
    const auto books = read_fixture("book_layout_5.hex");
    REQUIRE(books.size() == 1);
    StampedBook b = fixture_book_with_journals();
    StampedBook read{.book = AuctionBook::deserialize(books[0]), .now_us = b.now_us};
    CHECK(read.book.serialize() == b.book.serialize());
    const auto& auctions = read.book.auctions();
    REQUIRE(auctions.size() == 13);
    CHECK_FALSE(auctions[9]->journal.is_kept());
    CHECK(auctions[10]->journal.acts == 4);
    CHECK(auctions[12]->journal.acts == 2);
    go_on_for_days(b);
    go_on_for_days(read);
    CHECK(read.book.serialize() == b.book.serialize());
}

TEST_CASE("a book of layout 6 is read as it was meant, and written as it was") {
    StampedBook b = fixture_book_with_journals();
    go_on_for_days(b);
    const auto books = read_fixture("book_layout_6.hex");
    REQUIRE(books.size() == 1);
    CHECK(b.book.serialize() == books[0]);
    const AuctionBook read = AuctionBook::deserialize(books[0]);
    CHECK(read.serialize() == books[0]);
    const auto& days = read.daily_heads().days();
    REQUIRE(days.size() == 2);
    CHECK(days[0].heads.size() == 2);  // not those of hidden bids
    CHECK(days[1].heads.size() == 2);
}

TEST_CASE("a seed comes with rules that know it, and has one size") {
    Command command = with_seed(create(proxy_terms(), 50));
    CHECK(decode(encode(command)) == command);
    command.rules_version = 3;
    CHECK_THROWS_AS(decode(encode(command)), MalformedBytes);
    command.rules_version = 4;
    std::get<CreateAuction>(command.action).seed.pop_back();
    CHECK_THROWS_AS(decode(encode(command)), MalformedBytes);
}

}  // namespace
}  // namespace gavel::auction
