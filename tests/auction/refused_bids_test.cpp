#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/auction/service.h"

// What is refused of bids, purchases and retractions, rule by rule, in the words that clients read.
namespace gavel::auction {
namespace {

using nlohmann::json;

// One auction, what was done to it, and what is then refused.
struct Row {
    const char* terms;     // beside name and starting_bid 50
    const char* done;      // action and body, "" for nothing; it is accepted
    std::int64_t seconds;  // that go by then
    const char* action;
    const char* body;
    int status;
    const char* refusal;  // the whole answer
};

constexpr auto ann_60 = R"({"bidder":"ann","amount":60})";
constexpr auto ann = R"({"bidder":"ann"})";

TEST_CASE("what an auction's rules refuse is said rule by rule") {
    const Row rows[] = {
        // maximum bids
        {R"("increments":5)", "", 0, "bid", R"({"bidder":"ann","max_amount":60})", 409,
         R"({"error":"this auction takes no maximum bids"})"},
        {R"("proxy":true,"increments":5)", "", 0, "bid", R"({"bidder":"ann","max_amount":49})", 409,
         R"({"ok":false,"message":"Bid is too low","min_next_bid":50})"},
        // increments
        {R"("increments":5)", "", 0, "bid", R"({"bidder":"ann","amount":49})", 409,
         R"({"ok":false,"message":"Bid is too low","min_next_bid":50})"},
        {R"("increments":5)", ann_60, 0, "bid", R"({"bidder":"bob","amount":64})", 409,
         R"({"ok":false,"message":"Bid is too low","min_next_bid":65.0})"},
        // reserve: what is below it is a bid
        {R"("reserve":80)", ann_60, 0, "bid", R"({"bidder":"bob","amount":60})", 409,
         R"({"ok":false,"message":"Bid is too low","min_next_bid":60.0001,"reserve_met":false})"},
        // currency
        {R"("currency":"EUR")", "", 0, "bid", R"({"bidder":"ann","amount":60.001})", 400,
         R"({"error":"the amount has more decimals than the auction's currency"})"},
        {R"("currency":"JPY","proxy":true)", "", 0, "bid", R"({"bidder":"a","max_amount":60.5})",
         400, R"({"error":"the amount has more decimals than the auction's currency"})"},
        // seller
        {R"("seller":"sue")", "", 0, "bid", R"({"bidder":"sue","amount":60})", 409,
         R"({"error":"a seller cannot bid on the own auction"})"},
        {R"("seller":"sue","buy_now_price":90)", "", 0, "buy_now", R"({"bidder":"sue"})", 409,
         R"({"error":"a seller cannot bid on the own auction"})"},
        // buy it now
        {R"("seller":"sue")", "", 0, "buy_now", ann, 409,
         R"({"error":"this auction cannot be bought now"})"},
        {R"("buy_now_price":90)", ann_60, 0, "buy_now", ann, 409,
         R"({"error":"this auction cannot be bought now"})"},
        {R"("buy_now_price":90,"buy_now_policy":"always")", R"({"bidder":"bob","amount":95})", 0,
         "buy_now", ann, 409, R"({"error":"Sold"})"},
        // soft close: the end that was moved is an end
        {R"("soft_close":{"window_seconds":60,"extension_seconds":60,"max_times":1})", "", 3'600,
         "bid", ann_60, 409, R"({"error":"Bid time ended"})"},
        // scheduled start
        {R"("opens_at":1700000060)", "", 59, "bid", ann_60, 409, R"({"error":"Not open yet"})"},
        {R"("opens_at":1700000060,"buy_now_price":90)", "", 59, "buy_now", ann, 409,
         R"({"error":"Not open yet"})"},
        {R"("opens_at":1700000060,"retractions":true)", "", 59, "retract", ann, 409,
         R"({"error":"Not open yet"})"},
        {R"("opens_at":1700000060)", "", 3'660, "bid", ann_60, 409,
         R"({"error":"Bid time ended"})"},
        // hidden bids
        {R"("format":"vickrey")", "", 0, "bid", R"({"bidder":"ann","amount":49})", 409,
         R"({"ok":false,"message":"Bid is too low","min_next_bid":50})"},
        {R"("format":"sealed_first_price")", "", 0, "bid", R"({"bidder":"ann","max_amount":60})",
         409, R"({"error":"this auction takes no maximum bids"})"},
        {R"("format":"vickrey")", ann_60, 0, "buy_now", ann, 409,
         R"({"error":"this auction cannot be bought now"})"},
        {R"("format":"vickrey")", ann_60, 0, "retract", ann, 409,
         R"({"error":"bids on this auction cannot be taken back"})"},
        // Dutch
        {R"("format":"dutch","dutch":{"floor":20,"step":10,"interval_seconds":60})", "", 60, "bid",
         R"({"bidder":"ann","amount":39})", 409, R"({"ok":false,"message":"Bid is too low"})"},
        {R"("format":"dutch","dutch":{"floor":20,"step":10,"interval_seconds":60})", ann_60, 0,
         "buy_now", R"({"bidder":"bob"})", 409, R"({"error":"Sold"})"},
        {R"("format":"dutch","dutch":{"floor":20,"step":10,"interval_seconds":60})", "", 0, "bid",
         R"({"bidder":"ann","max_amount":60})", 409,
         R"({"error":"this auction takes no maximum bids"})"},
        // retraction
        {R"("seller":"sue")", ann_60, 0, "retract", ann, 409,
         R"({"error":"bids on this auction cannot be taken back"})"},
        {R"("retractions":true)", ann_60, 0, "retract", R"({"bidder":"bob"})", 409,
         R"({"error":"this bidder has no bid on this auction"})"},
        {R"("retractions":true,"duration_seconds":43200)", ann_60, 3'601, "retract", ann, 409,
         R"({"error":"in the last twelve hours only the latest bid can be taken back, and only )"
         R"(within an hour"})"},
        {R"("retractions":true)", ann_60, 3'600, "retract", ann, 409,
         R"({"error":"Bid time ended"})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.terms);
        CAPTURE(row.done);
        CAPTURE(row.action);
        CAPTURE(row.body);
        Service s;
        const std::string terms = row.terms;
        const bool has_end = terms.find("duration_seconds") != std::string::npos;
        const auto made =
            s.post("/auctions", R"({"name":"Lamp","starting_bid":50,)" +
                                    std::string(has_end ? "" : R"("duration_seconds":3600,)") +
                                    terms + "}");
        REQUIRE(made->status() == 201);
        const std::string path =
            "/auctions/" + json::parse(made->body())["auction"]["id"].get<std::string>();
        if (*row.done != 0) REQUIRE(s.post(path + "/bid", row.done)->status() == 200);
        s.scheduler.advance_ms(row.seconds * 1'000);
        const auto before = s.send("GET", path)->body();
        const auto refused = s.post(path + "/" + row.action, row.body);
        CHECK(refused->status() == row.status);
        CHECK(refused->body() == row.refusal);
        CHECK(refused->header("Gavel-Receipt").empty());
        CHECK(s.send("GET", path)->body() == before);
    }
}

TEST_CASE("an auction that is over says how it ended, to whoever still bids, buys or takes back") {
    const std::pair<const char*, const char*> ends[] = {
        {"/close", "Closed manually"}, {"/cancel", "Cancelled"}, {"/buy_now", "Sold"}};
    for (const auto& end : ends) {
        CAPTURE(end.second);
        Service s;
        const auto made = s.post("/auctions", R"({"name":"Lamp","starting_bid":50,)"
                                              R"("buy_now_price":90,"retractions":true})");
        const std::string path =
            "/auctions/" + json::parse(made->body())["auction"]["id"].get<std::string>();
        REQUIRE(s.post(path + end.first, ann)->status() == 200);
        for (const char* action : {"/bid", "/buy_now", "/retract"}) {
            CAPTURE(action);
            const auto refused = s.post(path + action, ann_60);
            CHECK(refused->status() == 409);
            CHECK(json::parse(refused->body())["error"] == end.second);
        }
    }
}

}  // namespace
}  // namespace gavel::auction
