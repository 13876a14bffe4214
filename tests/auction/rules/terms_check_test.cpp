#include "services/auction/rules/terms_check.h"

#include <doctest/doctest.h>

#include <functional>

#include "services/auction/rules/limits.h"
#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

using Change = std::function<void(AuctionTerms&)>;

// Terms are judged for a starting bid of 50 and a duration of an hour.
std::string judged(const Change& change, std::int64_t duration_seconds = 3'600) {
    AuctionTerms terms;
    change(terms);
    return refusal_of(terms, amount_of(50), duration_seconds);
}

Change with_rows(std::vector<Increments::Row> rows) {
    return [rows = std::move(rows)](AuctionTerms& t) {
        t.increments = {Increments::Kind::table, rows};
    };
}

Change in_format(Format format, const Change& change) {
    return [format, change](AuctionTerms& t) {
        t.format = format;
        if (format == Format::dutch) t.dutch = DutchFall{amount_of(10), amount_of(5), 60};
        change(t);
    };
}

void with_everything_english(AuctionTerms& t) {
    t.currency = find_currency("EUR");
    t.seller = "anna";
    t.increments = Increments::ebay();
    t.proxy = true;
    t.reserve = amount_of(80);
    t.buy_now_price = amount_of(200);
    t.buy_now_policy = BuyNowPolicy::always;
    t.soft_close = SoftClose{120, 120, 10, 0};
    t.opens_at_us = 1'700'000'000'000'000;
    t.retractions = true;
}

TEST_CASE("an auction may have no rule, one, or all that go together") {
    const Change good[] = {
        [](AuctionTerms&) {},
        [](AuctionTerms& t) { t.seller = "anna"; },
        [](AuctionTerms& t) { t.increments = Increments::ebay(); },
        [](AuctionTerms& t) { t.increments = Increments::fixed(amount_of(5)); },
        with_rows({{10'000, 100}, {Increments::no_end, 100}}),
        [](AuctionTerms& t) { t.reserve = amount_of(50.0001); },
        [](AuctionTerms& t) {
            t.reserve = amount_of(80);
            t.buy_now_price = amount_of(80);
        },
        [](AuctionTerms& t) { t.retractions = true; },
        [](AuctionTerms& t) {
            t.soft_close = SoftClose{1, 1, 1, 0};
        },
        with_everything_english,
        in_format(Format::dutch, [](AuctionTerms& t) { t.seller = "anna"; }),
        in_format(Format::vickrey, [](AuctionTerms& t) { t.reserve = amount_of(80); }),
        in_format(Format::sealed_first_price,
                  [](AuctionTerms& t) { t.opens_at_us = limits::max_opens_at_us; }),
    };
    for (const auto& change : good) CHECK(judged(change) == "");
}

TEST_CASE("terms that make no sense are refused with what to change") {
    struct Row {
        Change change;
        const char* refusal;
    };
    const Row rows[] = {
        // reserve
        {[](auto& t) { t.reserve = amount_of(50); }, "reserve must be above starting_bid"},
        {[](auto& t) { t.reserve = amount_of(49); }, "reserve must be above starting_bid"},
        // buy it now
        {[](auto& t) { t.buy_now_policy = BuyNowPolicy::always; },
         "buy_now_policy needs a buy_now_price"},
        {[](auto& t) { t.buy_now_price = amount_of(50); },
         "buy_now_price must be above starting_bid"},
        {[](auto& t) {
             t.buy_now_price = amount_of(79);
             t.reserve = amount_of(80);
         },
         "buy_now_price must not be below the reserve"},
        // increments
        {with_rows({{10'000, 100}, {20'000, 200}}),
         "each row of increments but the last needs below"},
        {with_rows({{Increments::no_end, 100}, {Increments::no_end, 200}}),
         "each row of increments but the last needs below"},
        {with_rows({{20'000, 100}, {10'000, 200}, {Increments::no_end, 300}}),
         "increments must be in rising order of below"},
        {with_rows({{20'000, 100}, {20'000, 200}, {Increments::no_end, 300}}),
         "increments must be in rising order of below"},
        {with_rows({{10'000, 200}, {Increments::no_end, 100}}),
         "the steps of increments must not fall as the price rises"},
        {with_rows(std::vector<Increments::Row>(51)), "increments have at most 50 rows"},
        // maximum bids
        {[](auto& t) { t.proxy = true; },
         "proxy needs increments or a currency: a maximum is bid in such steps"},
        // soft close
        {[](auto& t) {
             t.soft_close = SoftClose{0, 60, 1, 0};
         },
         "window_seconds and extension_seconds of soft_close must be from 1 to 86400"},
        {[](auto& t) {
             t.soft_close = SoftClose{60, 86'401, 1, 0};
         },
         "window_seconds and extension_seconds of soft_close must be from 1 to 86400"},
        {[](auto& t) {
             t.soft_close = SoftClose{60, 60, 0, 0};
         },
         "max_times of soft_close must be from 1 to 10000"},
        {[](auto& t) {
             t.soft_close = SoftClose{60, 60, 10'001, 0};
         },
         "max_times of soft_close must be from 1 to 10000"},
        // opening
        {[](auto& t) { t.opens_at_us = -1; },
         "opens_at must be a time in Unix seconds, at most 8589934592"},
        {[](auto& t) { t.opens_at_us = limits::max_opens_at_us + 1; },
         "opens_at must be a time in Unix seconds, at most 8589934592"},
        // Dutch
        {[](auto& t) {
             t.dutch = DutchFall{amount_of(10), amount_of(5), 60};
         },
         "dutch makes no sense without format dutch: leave it out"},
        {[](auto& t) { t.format = Format::dutch; },
         "format dutch needs dutch: floor, step and interval_seconds"},
        {in_format(Format::dutch, [](auto& t) { t.dutch->floor = amount_of(50); }),
         "floor of dutch must be below starting_bid"},
        {in_format(Format::dutch, [](auto& t) { t.dutch->interval_seconds = 0; }),
         "interval_seconds of dutch must be from 1 to 3155760000"},
        {in_format(Format::dutch, [](auto& t) { t.reserve = amount_of(60); }),
         "reserve makes no sense with format dutch, which has a floor: leave it out"},
        {in_format(Format::dutch, [](auto& t) { t.increments = Increments::ebay(); }),
         "increments makes no sense with format dutch, where the first to accept its price wins: "
         "leave it out"},
        {in_format(Format::dutch, [](auto& t) { t.buy_now_price = amount_of(60); }),
         "buy_now_price makes no sense with format dutch, where the first to accept its price "
         "wins: leave it out"},
        // hidden bids
        {in_format(Format::vickrey, [](auto& t) { t.proxy = true; }),
         "proxy makes no sense with format vickrey, where its bids are hidden until the end: "
         "leave it out"},
        {in_format(Format::sealed_first_price,
                   [](auto& t) {
                       t.soft_close = SoftClose{60, 60, 1, 0};
                   }),
         "soft_close makes no sense with format sealed_first_price, where its bids are hidden "
         "until the end: leave it out"},
        {in_format(Format::vickrey, [](auto& t) { t.retractions = true; }),
         "retractions makes no sense with format vickrey, where its bids are hidden until the "
         "end: leave it out"},
        {in_format(Format::vickrey, [](auto& t) { t.dutch = DutchFall{}; }),
         "dutch makes no sense without format dutch: leave it out"},
        // currency
        {[](auto& t) {
             t.currency = find_currency("JPY");
             t.reserve = amount_of(80.5);
         },
         "reserve is finer than JPY has: 0 decimals"},
        {[](auto& t) {
             t.currency = find_currency("EUR");
             t.buy_now_price = amount_of(80.505);
         },
         "buy_now_price is finer than EUR has: 2 decimals"},
        {in_format(Format::dutch,
                   [](auto& t) {
                       t.currency = find_currency("KWD");
                       t.dutch->step = amount_of(0.0005);
                   }),
         "step of dutch is finer than KWD has: 3 decimals"},
        {[](auto& t) {
             t.currency = find_currency("JPY");
             t.increments = Increments::ebay();
         },
         "increments ebay has steps of cents, which JPY has not: give a step or a table"},
        {[](auto& t) {
             t.currency = find_currency("JPY");
             t.increments = Increments::fixed(amount_of(0.5));
         },
         "a row of increments is finer than JPY has: 0 decimals"},
    };
    for (const auto& row : rows) CHECK(judged(row.change) == row.refusal);
}

TEST_CASE("a soft close needs an end that can move") {
    const Change change = [](AuctionTerms& t) { t.soft_close = SoftClose{60, 60, 1, 0}; };
    CHECK(judged(change, 0) == "soft_close needs a duration_seconds to prolong");
    CHECK(judged(change, 1) == "");
}

TEST_CASE("a starting bid or a bid finer than the currency is refused, by the name of its field") {
    AuctionTerms terms;
    CHECK(amount_refusal(terms, amount_of(60.0001), "amount") == "");
    terms.currency = find_currency("EUR");
    CHECK(refusal_of(terms, amount_of(50.001), 0) ==
          "starting_bid is finer than EUR has: 2 decimals");
    CHECK(amount_refusal(terms, amount_of(60.001), "max_amount") ==
          "max_amount is finer than EUR has: 2 decimals");
    CHECK(amount_refusal(terms, amount_of(60.01), "amount") == "");
}

TEST_CASE("names of formats and policies are read as they are written") {
    for (const char* name : {"english", "sealed_first_price", "vickrey", "dutch"}) {
        const auto format = find_format(name);
        REQUIRE(format);
        CHECK(std::string(to_string(*format)) == name);
    }
    for (const char* name : {"until_first_bid", "always"}) {
        const auto policy = find_buy_now_policy(name);
        REQUIRE(policy);
        CHECK(std::string(to_string(*policy)) == name);
    }
    for (const char* name : {"", "English", "japanese", "ALWAYS"}) {
        CHECK_FALSE(find_format(name));
        CHECK_FALSE(find_buy_now_policy(name));
    }
}

}  // namespace
}  // namespace gavel::auction
