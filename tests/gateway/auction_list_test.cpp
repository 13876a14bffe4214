#include "services/gateway/auction_list.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/http/http_error.h"
#include "common/limits.h"
#include "tests/gateway/fake_sink.h"
#include "tests/gateway/feed.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

struct Listing {
    testing::ManualScheduler scheduler;
    AuctionsView view{scheduler};

    Listing() { view.restart("L"); }
    void apply(const FeedPage& told) {
        view.apply(told, [](bool) {});
    }
    // Ids as the book gives them do not matter: the order of creation counts.
    void create(std::uint64_t count, std::size_t description_bytes = 0) {
        FeedPage told{"L", count, {}};
        for (std::uint64_t i = 1; i <= count; ++i) {
            told.events.push_back(testing::created(i, 1'000 - i, "Lamp", 50));
            told.events.back().description = std::string(description_bytes, 'd');
        }
        apply(numbered(told));
    }
    Response answer(const std::string& query) {
        return list_answer(
            scheduler, view,
            AuctionListWish::read(JSONRequest("GET", "/api/auctions" + query, "", {})));
    }
    json page(const std::string& query) { return json::parse(answer(query).body); }
    // The ids of a page, and what comes after it.
    std::pair<std::vector<std::string>, std::string> ids(const std::string& query) {
        const json told = page(query);
        std::vector<std::string> found;
        for (const auto& auction : told["auctions"]) found.push_back(auction["id"]);
        return {found, told.value("next", "")};
    }
};

using Ids = std::vector<std::string>;

TEST_CASE("without parameters the list is all auctions in order of creation, and no more") {
    Listing l;
    CHECK(l.answer("").body == R"({"auctions":[]})");
    l.create(3);
    const json told = l.page("");
    CHECK(told.size() == 1);
    CHECK(l.ids("").first == Ids{"999", "998", "997"});
}

TEST_CASE("pages follow one another in order of creation, and the last one has no next") {
    Listing l;
    l.create(5);
    CHECK(l.ids("?limit=2") == std::pair(Ids{"999", "998"}, std::string("998")));
    CHECK(l.ids("?limit=2&after=998") == std::pair(Ids{"997", "996"}, std::string("996")));
    CHECK(l.ids("?limit=2&after=996") == std::pair(Ids{"995"}, std::string()));
    CHECK(l.ids("?after=995") == std::pair(Ids{}, std::string()));
    CHECK(l.ids("?limit=5") == std::pair(Ids{"999", "998", "997", "996", "995"}, std::string()));
    CHECK(l.page("?limit=1&bids=0")["auctions"][0]["bid_count"] == 0);
}

TEST_CASE("a page may have the auctions of one status alone") {
    Listing l;
    l.create(5);
    l.apply(page("L", 7, {testing::closed(6, 998, "", 50), testing::ended(7, 996, "", 50)}));
    CHECK(l.ids("?status=OPEN").first == Ids{"999", "997", "995"});
    CHECK(l.ids("?status=OPEN&limit=2") == std::pair(Ids{"999", "997"}, std::string("997")));
    CHECK(l.ids("?status=OPEN&limit=2&after=997") == std::pair(Ids{"995"}, std::string()));
    CHECK(l.ids("?status=CLOSED").first == Ids{"998"});
    CHECK(l.ids("?status=ENDED").first == Ids{"996"});
    // What a page came after need not have that status any more.
    CHECK(l.ids("?status=OPEN&after=998").first == Ids{"997", "995"});
    l.view.restart("M");
    CHECK(l.ids("?status=OPEN").first.empty());
}

TEST_CASE("a page that cannot be is refused in a sentence that says why") {
    Listing l;
    l.create(2);
    const std::pair<const char*, const char*> rows[] = {
        {"?limit=0", "limit must be at least 1"},
        {"?limit=-1", "limit must be a number from 0 to 10000"},
        {"?limit=10001", "limit must be a number from 0 to 10000"},
        {"?limit=ten", "limit must be a number from 0 to 10000"},
        {"?limit=", "limit must be a number from 0 to 10000"},
        {"?after=", "after must be the id of an auction"},
        {"?after=x", "after must be the id of an auction"},
        {"?after=5", "after must be the id of an auction"},
        {"?after=0999", "after must be the id of an auction"},
        {"?status=open", "status must be OPEN, CLOSED or ENDED"},
        {"?status=", "status must be OPEN, CLOSED or ENDED"},
        {"?bids=2", "bids must be 0 or 1"},
    };
    for (const auto& row : rows) {
        const char* const query = row.first;
        CAPTURE(query);
        try {
            static_cast<void>(l.answer(query));
            FAIL("it was taken");
        } catch (const HTTPError& refusal) {
            CHECK(refusal.status() == 400);
            CHECK(std::string(refusal.what()) == row.second);
        }
    }
}

// A reader of an answer that comes in pieces, and what it has read.
std::shared_ptr<FakeSink> start(const Response& answer) {
    REQUIRE(answer.stream);
    CHECK(answer.has_end);
    CHECK(answer.body.empty());
    auto sink = std::make_shared<FakeSink>();
    sink->reading = false;
    answer.stream(sink);
    return sink;
}

TEST_CASE("a long list comes in pieces, made when they are taken, and shows one moment") {
    Listing l;
    l.create(900, 3'000);
    const json expected = json::parse(l.answer("?limit=50").body)["auctions"];
    const auto sink = start(l.answer(""));
    CHECK(sink->pieces.size() == 1);
    CHECK(sink->queued_bytes() < limits::list_piece_bytes + 4'000);
    // What happens while it is read does not show.
    l.apply(page("L", 902, {testing::bid(901, 100, "ann", 60), testing::closed(902, 100, "", 60)}));
    sink->read_on();
    l.scheduler.run_ready();
    CHECK(sink->closed);
    CHECK_FALSE(sink->discarded);
    const json told = json::parse(sink->text());
    REQUIRE(told["auctions"].size() == 900);
    for (std::size_t i = 0; i < 50; ++i) CHECK(told["auctions"][i] == expected[i]);
    CHECK(told["auctions"][899]["id"] == "100");
    CHECK(told["auctions"][899]["status"] == "OPEN");
    CHECK(told["auctions"][899]["bids"].empty());
}

TEST_CASE("a list whose log is lost while it is read is broken off, not ended") {
    Listing l;
    l.create(900, 3'000);
    const auto sink = start(l.answer(""));
    l.view.restart("M");
    sink->read_on();
    l.scheduler.run_ready();
    CHECK(sink->closed);
    CHECK(sink->discarded);
}

TEST_CASE("a reader that goes away in the middle of a list is let go") {
    Listing l;
    l.create(900, 3'000);
    const auto sink = start(l.answer(""));
    sink->leave();
    CHECK(sink.use_count() == 1);
}

}  // namespace
}  // namespace gavel::gateway
