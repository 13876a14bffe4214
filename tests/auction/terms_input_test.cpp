#include "services/auction/terms_input.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "tests/auction/ruled_commands.h"

namespace gavel::auction {
namespace {

std::optional<AuctionTerms> read(const std::string& fields) {
    return read_terms(nlohmann::json::parse(fields), money(50), 3'600);
}

std::string refusal(const std::string& fields) {
    try {
        read(fields);
    } catch (const HTTPError& refused) {
        return refused.status() == 400 ? refused.what() : "another status";
    }
    return "";
}

TEST_CASE("fields that are absent, null or say what goes without saying make a plain auction") {
    for (const char* fields :
         {"{}", R"({"name":"Lamp","unknown":1})", R"({"format":"english"})",
          R"({"increments":"none","proxy":false,"reserve":null,"seller":null,"dutch":null})",
          R"({"buy_now_policy":"until_first_bid","retractions":false,"opens_at":null})"}) {
        CAPTURE(fields);
        CHECK_FALSE(read(fields));
    }
}

TEST_CASE("each rule is read from its field") {
    AuctionTerms terms;
    terms.currency = find_currency("EUR");
    terms.seller = "sue";
    terms.increments = {Increments::Kind::table, {{500'000, 10'000}, {Increments::no_end, 25'000}}};
    terms.proxy = true;
    terms.reserve = money(80);
    terms.buy_now_price = money(200);
    terms.buy_now_policy = BuyNowPolicy::always;
    terms.soft_close = SoftClose{60, 120, 3, 1'800'000'000'500'000};
    terms.opens_at_us = 1'700'000'000'250'000;
    terms.retractions = true;
    CHECK(read(R"({"currency":"EUR","seller":"sue","proxy":true,"reserve":80.0,
                   "increments":[{"below":50,"step":1},{"step":2.5}],
                   "buy_now_price":200,"buy_now_policy":"always","retractions":true,
                   "soft_close":{"window_seconds":60,"extension_seconds":120,"max_times":3,
                                 "hard_end":1800000000.5},
                   "opens_at":1700000000.25})") == terms);
    CHECK(read(R"({"increments":"ebay"})")->increments == Increments::ebay());
    CHECK(read(R"({"increments":2.5})")->increments == Increments::fixed({25'000}));
    CHECK(read(R"({"soft_close":{"window_seconds":60,"extension_seconds":60}})")->soft_close ==
          SoftClose{60, 60, 10'000, 0});
    CHECK(read(R"({"format":"vickrey"})") == format_terms(Format::vickrey));
    CHECK(read(R"({"format":"dutch","dutch":{"floor":20,"step":10,"interval_seconds":60}})") ==
          format_terms(Format::dutch));
}

TEST_CASE("a create whose rules are of another form, or make no sense, says what to change") {
    struct Row {
        const char* fields;
        const char* refusal;
    };
    const char* const opens_at = "opens_at must be a time in Unix seconds, at most 8589934592";
    const char* const increments =
        "increments must be ebay, none, a step, or a list of {below, step}";
    const Row rows[] = {
        {R"({"format":"japanese"})",
         "format must be english, sealed_first_price, vickrey or dutch"},
        {R"({"format":1})", "format must be text"},
        {R"({"currency":"eur"})", "currency must be a code of ISO 4217, like EUR"},
        {R"({"currency":"XAU"})", "currency must be a code of ISO 4217, like EUR"},
        {R"({"currency":978})", "currency must be text"},
        {R"({"seller":""})", "seller must not be empty"},
        {R"({"seller":[]})", "seller must be text"},
        {R"({"increments":"yahoo"})", increments},
        {R"({"increments":true})", increments},
        {R"({"increments":{}})", increments},
        {R"({"increments":0})", "increments must be positive"},
        {R"({"increments":[]})", "increments must have a row"},
        {R"({"increments":[5]})", "a row of increments must be an object"},
        {R"({"increments":[{"below":5}]})", "step of a row of increments is required"},
        {R"({"increments":[{"below":"5","step":1}]})",
         "below of a row of increments must be a number"},
        {R"({"increments":[{"below":5,"step":-1}]})",
         "step of a row of increments must be positive"},
        {R"({"increments":[{"below":5,"step":1}]})",
         "each row of increments but the last needs below"},
        {R"({"proxy":"yes"})", "proxy must be true or false"},
        {R"({"proxy":true})",
         "proxy needs increments or a currency: a maximum is bid in such steps"},
        {R"({"reserve":"80"})", "reserve must be a number"},
        {R"({"reserve":0})", "reserve must be positive"},
        {R"({"reserve":80.00001})", "reserve has more than four decimals"},
        {R"({"reserve":1e12})", "reserve is too large"},
        {R"({"reserve":50})", "reserve must be above starting_bid"},
        {R"({"buy_now_price":50})", "buy_now_price must be above starting_bid"},
        {R"({"buy_now_price":true})", "buy_now_price must be a number"},
        {R"({"buy_now_policy":"never"})", "buy_now_policy must be until_first_bid or always"},
        {R"({"buy_now_policy":"always"})", "buy_now_policy needs a buy_now_price"},
        {R"({"soft_close":60})", "soft_close must be an object"},
        {R"({"soft_close":{}})", "window_seconds of soft_close is required"},
        {R"({"soft_close":{"window_seconds":60}})", "extension_seconds of soft_close is required"},
        {R"({"soft_close":{"window_seconds":1.5,"extension_seconds":60}})",
         "window_seconds of soft_close must be a whole number"},
        {R"({"soft_close":{"window_seconds":60,"extension_seconds":18446744073709551615}})",
         "window_seconds and extension_seconds of soft_close must be from 1 to 86400"},
        {R"({"soft_close":{"window_seconds":60,"extension_seconds":60,"max_times":-1}})",
         "max_times of soft_close must be from 1 to 10000"},
        {R"({"soft_close":{"window_seconds":60,"extension_seconds":60,"max_times":4294967297}})",
         "max_times of soft_close must be from 1 to 10000"},
        {R"({"soft_close":{"window_seconds":60,"extension_seconds":60,"hard_end":"late"}})",
         "hard_end of soft_close must be a time in Unix seconds"},
        {R"({"opens_at":"tomorrow"})", "opens_at must be a time in Unix seconds"},
        {R"({"opens_at":0})", opens_at},
        {R"({"opens_at":-5})", opens_at},
        {R"({"opens_at":1e300})", opens_at},
        {R"({"opens_at":8589934593})", opens_at},
        {R"({"dutch":{"floor":20,"step":10,"interval_seconds":60}})",
         "dutch makes no sense without format dutch: leave it out"},
        {R"({"format":"dutch"})", "format dutch needs dutch: floor, step and interval_seconds"},
        {R"({"format":"dutch","dutch":{"floor":20,"step":10}})",
         "interval_seconds of dutch is required"},
        {R"({"format":"dutch","dutch":{"floor":50,"step":10,"interval_seconds":60}})",
         "floor of dutch must be below starting_bid"},
        {R"({"retractions":1})", "retractions must be true or false"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.fields);
        CHECK(refusal(row.fields) == row.refusal);
    }
    CHECK(refusal(R"({"seller":")" + std::string(256, 's') + R"("})") ==
          "seller is longer than 255 bytes");
}

}  // namespace
}  // namespace gavel::auction
