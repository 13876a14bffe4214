#include "services/notifier/notice_store.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "common/limits.h"
#include "tests/support/feed_pages.h"
#include "tests/support/temporary_directory.h"

namespace gavel::notifier {
namespace {

using nlohmann::json;
using testing::bid;
using testing::closed;
using testing::created;
using testing::ended;
using testing::page;

void want_all(NoticeStore& store) {
    store.webhooks().add("https://example.com/", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                         all_kinds(), 0);
}

json notices(NoticeStore& store, NoticeQuery query = {}) {
    if (query.limit == 0) query.limit = 100;
    return json::parse(store.read(query));
}

TEST_CASE("a winner is told once, with what was won, when and why") {
    NoticeStore store("");
    store.append(page("L", 4,
                      {created(1, 7, "Lamp", 50), bid(2, 7, "ann \"a\"", 60),
                       closed(3, 7, "ann \"a\"", 60), ended(4, 8, "bob", 5)}));
    CHECK(store.read({.auction_id = {}, .after = {}, .limit = 9}) ==
          R"({"notifications":[)"
          R"({"id":1,"auction_id":"7","winner":"ann \"a\"","amount":60.0,"time":3.0,)"
          R"("reason":"Closed manually"},)"
          R"({"id":2,"auction_id":"8","winner":"bob","amount":5.0,"time":4.0,)"
          R"("reason":"Bid time ended"}],"next":null})");
}

TEST_CASE("an auction that ended without a bid has no winner, and nobody is told") {
    NoticeStore store("");
    store.append(
        page("L", 3, {created(1, 7, "Lamp", 50), closed(2, 7, "", 50), ended(3, 8, "", 5)}));
    CHECK(notices(store)["notifications"].empty());
    CHECK_FALSE(store.has_notice("L", 7));
    CHECK(store.reached().index == 3);
}

TEST_CASE("each auction has one notice, however often its page comes") {
    NoticeStore store("");
    const auto events = page("L", 3, {created(1, 7, "Lamp", 50), closed(3, 7, "ann", 60)});
    store.append(events);
    store.append(events);
    CHECK(notices(store)["notifications"].size() == 1);
    CHECK(store.has_notice("L", 7));
    CHECK_FALSE(store.has_notice("M", 7));
    // In another log it is another auction.
    store.append(page("M", 3, {closed(3, 7, "bob", 60)}));
    CHECK(notices(store)["notifications"].size() == 2);
}

TEST_CASE("notices come in pages, or the newest of them, of all auctions or of one") {
    NoticeStore store("");
    FeedPage all{"L", 20, {}};
    for (std::uint64_t i = 1; i <= 20; ++i) all.events.push_back(closed(i, 100 + i, "ann", 60));
    store.append(all);
    struct Row {
        std::optional<std::uint64_t> auction_id;
        std::optional<std::uint64_t> after;
        std::vector<int> ids;
        json next;
    };
    const Row rows[] = {
        {{}, {}, {18, 19, 20}, nullptr}, {{}, 0, {1, 2, 3}, 3}, {{}, 17, {18, 19, 20}, nullptr},
        {{}, 18, {19, 20}, nullptr},     {{}, 20, {}, nullptr}, {105, {}, {5}, nullptr},
        {105, 5, {}, nullptr},           {999, 0, {}, nullptr},
    };
    for (const auto& row : rows) {
        NoticeQuery query{.auction_id = row.auction_id, .after = row.after, .limit = 3};
        const auto answer = notices(store, query);
        std::vector<int> ids;
        for (const auto& notice : answer["notifications"]) ids.push_back(notice["id"]);
        CHECK(ids == row.ids);
        CHECK(answer["next"] == row.next);
    }
}

TEST_CASE("notices and the index reached are there in the next life, together") {
    const testing::TemporaryDirectory directory;
    {
        NoticeStore store(directory.file("notices.db"));
        store.append(page("L", 3, {closed(3, 7, "ann", 60)}));
    }
    NoticeStore store(directory.file("notices.db"));
    CHECK(store.reached().log_id == "L");
    CHECK(store.reached().index == 3);
    store.append(page("L", 3, {closed(3, 7, "ann", 60)}));
    CHECK(notices(store)["notifications"].size() == 1);
}

TEST_CASE("a log that is read once more from its beginning tells nobody twice") {
    const testing::TemporaryDirectory directory;
    const auto all = page("L", 5,
                          {created(1, 7, "Lamp", 50), bid(2, 7, "ann", 60), bid(3, 7, "bob", 70),
                           bid(4, 7, "ann", 80), closed(5, 7, "ann", 80)});
    const NoticeQuery everything{.after = 0, .kinds = all_kinds()};
    std::size_t told = 0;
    {
        NoticeStore store(directory.file("notices.db"));
        want_all(store);
        store.append(all);
        told = notices(store, everything)["notifications"].size();
        CHECK(told == 4);  // two were outbid, one has won, one has lost
        store.append(all);
        CHECK(notices(store, everything)["notifications"].size() == told);
    }
    NoticeStore store(directory.file("notices.db"));
    store.append(all);
    CHECK(notices(store, everything)["notifications"].size() == told);
    store.append(page("M", 5, all.events));
    CHECK(notices(store, everything)["notifications"].size() == 2 * told);
}

TEST_CASE("who leads is known in the next page and in the next life") {
    const testing::TemporaryDirectory directory;
    const auto outbid = bit_of(Notice::Kind::outbid);
    {
        NoticeStore store(directory.file("notices.db"));
        want_all(store);
        store.append(page("L", 1, {bid(1, 7, "ann", 50), bid(1, 8, "cem", 50)}));
        store.append(page("L", 2, {bid(2, 7, "bob", 60)}));
    }
    NoticeStore store(directory.file("notices.db"));
    store.append(page("L", 3, {bid(3, 7, "cem", 70)}));
    const auto told = notices(store, {.kinds = outbid})["notifications"];
    REQUIRE(told.size() == 2);
    CHECK(told[0]["recipient"] == "ann");
    CHECK(told[1]["recipient"] == "bob");
    store.append(page("L", 4, {closed(4, 7, "cem", 70)}));
    const auto lost = notices(store, {.kinds = bit_of(Notice::Kind::lost)})["notifications"];
    REQUIRE(lost.size() == 2);
    CHECK(lost[0]["recipient"] == "ann");
    CHECK(lost[1]["recipient"] == "bob");
}

TEST_CASE("who was outbid is kept while a webhook wants it") {
    NoticeStore store("");
    const NoticeQuery everything{.after = 0, .kinds = all_kinds()};
    store.append(page("L", 2, {bid(1, 7, "ann", 50), bid(2, 7, "bob", 60)}));
    CHECK(notices(store, everything)["notifications"].empty());
    want_all(store);
    store.append(page("L", 3, {bid(3, 7, "ann", 70)}));
    CHECK(notices(store, everything)["notifications"].size() == 1);
    store.webhooks().remove(1);
    store.append(page("L", 4, {bid(4, 7, "bob", 80)}));
    store.append(page("L", 5, {closed(5, 7, "bob", 80)}));
    const auto all = notices(store, everything)["notifications"];
    REQUIRE(all.size() == 3);
    CHECK(all[1]["kind"] == "won");
    CHECK(all[2]["recipient"] == "ann");
}

TEST_CASE("of very many bidders each is told once that the auction is lost") {
    NoticeStore store("");
    for (std::uint64_t i = 1; i <= 3; ++i) {
        FeedPage many{"L", i, {}};
        for (int n = 0; n < 500; ++n) many.events.push_back(bid(i, 7, "b" + std::to_string(n), 1));
        store.append(many);
    }
    store.append(page("L", 4, {closed(4, 7, "b7", 80)}));
    const auto lost = notices(
        store, {.after = 0, .limit = 1'000, .kinds = bit_of(Notice::Kind::lost)})["notifications"];
    CHECK(lost.size() == 499);
}

TEST_CASE("the oldest notices that tell of no winner are forgotten when there are very many") {
    NoticeStore store("");
    want_all(store);
    store.append(page("L", 1, {bid(1, 7, "ann", 1), closed(1, 6, "cem", 1)}));
    const std::uint64_t many = limits::max_other_notices + limits::max_other_notices / 10;
    FeedPage large{"L", many, {}};
    for (std::uint64_t i = 2; i <= many + 2; ++i) {
        large.events.push_back(bid(i, 7, i % 2 == 0 ? "bob" : "ann", 1));
    }
    store.append(large);
    CHECK(notices(store)["notifications"].size() == 1);
    const auto oldest = notices(store, {.after = 0, .kinds = bit_of(Notice::Kind::outbid)});
    CHECK(oldest["notifications"][0]["id"] == many / 11 + 3);
}

TEST_CASE("a file of the version before is filled again from the feed") {
    const testing::TemporaryDirectory directory;
    {
        Database old(directory.file("notices.db"));
        old.execute(
            "CREATE TABLE notices(id INTEGER PRIMARY KEY, log_id TEXT NOT NULL, auction_id INTEGER"
            " NOT NULL, winner TEXT NOT NULL, amount_units INTEGER NOT NULL, time_us INTEGER NOT"
            " NULL, reason TEXT NOT NULL, UNIQUE(log_id, auction_id));"
            "CREATE INDEX notices_by_auction ON notices(auction_id, id);"
            "INSERT INTO notices VALUES(1, 'L', 7, 'ann', 600000, 3000000, 'Closed manually');"
            "CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK(id = 1), log_id TEXT, idx INTEGER);"
            "INSERT INTO meta VALUES(1, 'L', 3);"
            "PRAGMA application_id = 1196837966; PRAGMA user_version = 1");
    }
    NoticeStore store(directory.file("notices.db"));
    CHECK(store.reached().index == 0);
    CHECK(notices(store)["notifications"].empty());
    store.append(page("L", 3, {bid(2, 7, "ann", 60), closed(3, 7, "ann", 60)}));
    CHECK(notices(store)["notifications"][0]["winner"] == "ann");
}

TEST_CASE("a page that finds no room changes nothing, and is taken when there is some") {
    NoticeStore store("");
    FeedPage large{"L", 2'000, {}};
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
        large.events.push_back(closed(i, i, std::string(200, 'x'), 60));
    }
    const auto pages = store.database().query_text("PRAGMA page_count");
    store.database().query_text("PRAGMA max_page_count = " + pages);
    CHECK_THROWS_AS(store.append(large), StorageError);
    CHECK(notices(store)["notifications"].empty());
    CHECK(store.reached().index == 0);
    store.database().query_text("PRAGMA max_page_count = 1000000");
    store.append(large);
    CHECK(notices(store)["notifications"].size() == 100);
    CHECK(store.reached().index == 2'000);
}

TEST_CASE("another program's file is refused with what to do") {
    const testing::TemporaryDirectory directory;
    {
        Database other(directory.file("notices.db"));
        other.execute("CREATE TABLE t(x)");
    }
    CHECK_THROWS_WITH_AS(NoticeStore(directory.file("notices.db")),
                         doctest::Contains("it belongs to another program"), StorageError);
}

}  // namespace
}  // namespace gavel::notifier
