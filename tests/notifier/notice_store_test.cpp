#include "services/notifier/notice_store.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

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
        NoticeQuery query;
        std::vector<int> ids;
        json next;
    };
    const Row rows[] = {
        {{.auction_id = {}, .after = {}, .limit = 3}, {18, 19, 20}, nullptr},
        {{.auction_id = {}, .after = 0, .limit = 3}, {1, 2, 3}, 3},
        {{.auction_id = {}, .after = 17, .limit = 3}, {18, 19, 20}, nullptr},
        {{.auction_id = {}, .after = 18, .limit = 3}, {19, 20}, nullptr},
        {{.auction_id = {}, .after = 20, .limit = 3}, {}, nullptr},
        {{.auction_id = 105, .after = {}, .limit = 3}, {5}, nullptr},
        {{.auction_id = 105, .after = 5, .limit = 3}, {}, nullptr},
        {{.auction_id = 999, .after = 0, .limit = 3}, {}, nullptr},
    };
    for (const auto& row : rows) {
        const auto answer = notices(store, row.query);
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
