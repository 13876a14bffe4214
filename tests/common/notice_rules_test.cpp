#include "common/feed/notice_rules.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/feed_pages.h"

namespace gavel {
namespace {

using testing::bid;
using testing::closed;
using testing::created;
using testing::ended;

// "kind recipient amount", one for each notice.
std::vector<std::string> told(AuctionStanding& standing, const std::vector<FeedEvent>& entry,
                              const std::vector<std::string>& bidders = {}) {
    std::vector<std::string> texts;
    for (const auto& notice : notices_of(entry, standing, [&] { return bidders; })) {
        texts.push_back(std::string(to_string(notice.kind)) + " " + notice.recipient + " " +
                        format_decimal(notice.amount));
        CHECK(notice.auction_id == 7);
        CHECK(notice.index == entry.front().index);
    }
    return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("who led is told of being outbid, and at which price") {
    AuctionStanding standing;
    CHECK(told(standing, {created(1, 7, "Lamp", 50)}).empty());
    CHECK(told(standing, {bid(2, 7, "ann", 60)}).empty());
    CHECK(told(standing, {bid(3, 7, "bob", 70)}) == Texts{"outbid ann 70.0"});
    CHECK(told(standing, {bid(4, 7, "ann", 80)}) == Texts{"outbid bob 80.0"});
    CHECK(standing.leader == "ann");
}

TEST_CASE("who raises the own bid is told nothing") {
    AuctionStanding standing{"ann"};
    CHECK(told(standing, {bid(3, 7, "ann", 70)}).empty());
}

TEST_CASE("within one entry only the end counts") {
    AuctionStanding standing{"ann"};
    // Ann's maximum answers Bob's bid: he is told, she is not.
    CHECK(told(standing, {bid(3, 7, "bob", 70), bid(3, 7, "ann", 75)}) == Texts{"outbid bob 75.0"});
    // A list of bids: each who led for a moment is told once, and the leader is not.
    CHECK(told(standing, {bid(4, 7, "bob", 80), bid(4, 7, "cem", 81), bid(4, 7, "bob", 82)}) ==
          Texts{"outbid ann 82.0", "outbid cem 82.0"});
}

TEST_CASE("at the end the winner is told, and who else has bid") {
    AuctionStanding standing{"bob"};
    CHECK(told(standing, {closed(5, 7, "bob", 70)}, {"ann", "bob", "cem"}) ==
          Texts{"won bob 70.0", "lost ann 70.0", "lost cem 70.0"});
    CHECK(told(standing, {ended(5, 7, "bob", 70)}, {"bob"}) == Texts{"won bob 70.0"});
}

TEST_CASE("bids that come to light at the end outbid nobody") {
    AuctionStanding standing;
    CHECK(told(standing, {bid(5, 7, "ann", 60), bid(5, 7, "bob", 70), ended(5, 7, "bob", 70)},
               {"ann", "bob"}) == Texts{"won bob 70.0", "lost ann 70.0"});
}

TEST_CASE("an auction that nobody won is unsold, and whoever has bid has lost") {
    AuctionStanding standing{"ann"};
    CHECK(told(standing, {ended(5, 7, "", 60)}, {"ann"}) == Texts{"unsold  60.0", "lost ann 60.0"});
}

TEST_CASE("everyone is told that an auction is extended, beside who is outbid") {
    AuctionStanding standing{"ann"};
    std::vector<FeedEvent> entry{bid(3, 7, "bob", 70), bid(3, 7, "bob", 70)};
    entry[1].type = FeedEvent::Type::extended;
    entry[1].closing_time_us = 9'500'000;
    const auto notices = notices_of(entry, standing, [] { return Texts(); });
    REQUIRE(notices.size() == 2);
    CHECK(notices[0].kind == Notice::Kind::extended);
    CHECK(notices[0].recipient.empty());
    std::string text;
    append_members(text, notices[0]);
    CHECK(text == R"("kind":"extended","auction_id":"7","recipient":"","amount":70.0,"time":3.0,)"
                  R"("closing_time":9.5)");
    CHECK(notices[1].kind == Notice::Kind::outbid);
}

TEST_CASE("after a retraction another one leads, who can be outbid") {
    AuctionStanding standing{"bob"};
    std::vector<FeedEvent> entry{bid(3, 7, "ann", 60)};
    entry[0].type = FeedEvent::Type::retracted;
    entry[0].retracted_by = "bob";
    CHECK(told(standing, entry).empty());
    CHECK(told(standing, {bid(4, 7, "cem", 70)}) == Texts{"outbid ann 70.0"});
}

TEST_CASE("why an auction is over is told with its end alone") {
    AuctionStanding standing{"ann"};
    const auto none = [] { return Texts(); };
    const std::vector<FeedEvent> outbid{bid(2, 7, "bob", 70)};
    CHECK(notices_of(outbid, standing, none).front().reason.empty());
    const std::vector<FeedEvent> by_hand{closed(3, 7, "bob", 70)};
    CHECK(notices_of(by_hand, standing, none).front().reason == "Closed manually");
    const std::vector<FeedEvent> by_time{ended(3, 7, "bob", 70)};
    CHECK(notices_of(by_time, standing, none).front().reason == "Bid time ended");
    std::vector<FeedEvent> cancelled{closed(3, 7, "", 70)};
    cancelled[0].closing = FeedEvent::Closing::cancelled;
    CHECK(notices_of(cancelled, standing, none).front().reason == "Cancelled");
}

TEST_CASE("a notice's kind is known by its name alone") {
    for (const auto kind : Notice::kinds) CHECK(parse_notice_kind(to_string(kind)) == kind);
    for (const char* other : {"", "Won", "won ", "sold"}) CHECK_FALSE(parse_notice_kind(other));
}

}  // namespace
}  // namespace gavel
