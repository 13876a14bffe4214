#include "services/bidding/price_board.h"

#include <doctest/doctest.h>

#include "tests/support/feed_pages.h"

namespace gavel::bidding {
namespace {

using testing::bid;
using testing::closed;
using testing::created;
using testing::ended;
using testing::page;

void take(PriceBoard& board, const FeedPage& page) {
    bool done = false;
    board.apply(page, [&](bool reached) { done = reached; });
    CHECK(done);
}

TEST_CASE("the board knows the price of each auction and whether it is over") {
    PriceBoard board;
    board.restart("L");
    take(board, page("L", 9,
                     {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 10), bid(3, 1, "ann", 60),
                      created(4, 3, "Book", 5), closed(5, 2, "", 10), ended(6, 3, "bob", 7)}));
    CHECK(board.log_id() == "L");
    CHECK(board.index() == 9);
    CHECK(board.find(1)->price_units == 600'000);
    CHECK(board.find(1)->status == BoardEntry::Status::open);
    CHECK(board.find(2)->status == BoardEntry::Status::closed);
    CHECK(board.find(3)->status == BoardEntry::Status::ended);
    CHECK_FALSE(board.find(4));
}

TEST_CASE("a page that comes again changes nothing") {
    PriceBoard board;
    take(board,
         page("L", 3, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60), bid(3, 1, "b", 70)}));
    take(board, page("L", 2, {created(1, 1, "Lamp", 50), bid(2, 1, "ann", 60)}));
    CHECK(board.find(1)->price_units == 700'000);
    CHECK(board.index() == 3);
}

TEST_CASE("another log starts with an empty board") {
    PriceBoard board;
    take(board, page("L", 2, {created(1, 1, "Lamp", 50), closed(2, 1, "", 50)}));
    board.restart("M");
    CHECK(board.log_id() == "M");
    CHECK(board.index() == 0);
    CHECK_FALSE(board.find(1));
}

TEST_CASE("what is committed is known before the feed tells of it, and the feed says the same") {
    PriceBoard board;
    board.restart("L");
    board.learn_created(7, Money{50 * Money::units_per_whole, Money::Notation::integer});
    REQUIRE(board.find(7));
    CHECK(board.find(7)->price_units == 50 * Money::units_per_whole);
    CHECK(board.find(7)->status == BoardEntry::Status::open);
    const auto apply = [&board](const FeedPage& told) { board.apply(told, [](bool) {}); };
    apply(testing::page("L", 2, {testing::created(1, 7, "Lamp", 50), testing::bid(2, 7, "a", 60)}));
    // Told late: the bids of the feed stand.
    board.learn_created(7, Money{50 * Money::units_per_whole, Money::Notation::integer});
    CHECK(board.find(7)->price_units == 60 * Money::units_per_whole);
    board.learn_closed(7);
    CHECK(board.find(7)->status == BoardEntry::Status::closed);
    board.learn_closed(8);  // of which nothing is known: the book decides
    CHECK_FALSE(board.find(8));
}

}  // namespace
}  // namespace gavel::bidding
