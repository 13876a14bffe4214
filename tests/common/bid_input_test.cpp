#include "common/contract/bid_input.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::contract {
namespace {

std::string text_of(const BidInput& bid) {
    std::string text = bid.bidder + (bid.is_maximum ? " at most " : " ");
    append_json_money(text, bid.amount);
    return text;
}

// What the reader of all JSON makes of a body.
std::string by_document(const JSONRequest& request) {
    return text_of(read_bid(request.object()));
}

std::string by_read_bid(const JSONRequest& request) {
    return text_of(read_bid(request));
}

template <class Read>
std::string outcome_of(const std::string& body, Read read) {
    try {
        return read(JSONRequest("POST", "/", body));
    } catch (const HTTPError& refusal) {
        return std::string("refused: ") + refusal.what();
    }
}

TEST_CASE("a bid in plain form is read as what it says") {
    const auto bid = read_bid(JSONRequest("POST", "/", R"({"bidder":"ann","amount":60.5})"));
    CHECK(bid.bidder == "ann");
    CHECK(bid.amount.units == 605'000);
    CHECK(bid.amount.notation == Money::Notation::decimal);
    const auto whole = read_bid(JSONRequest("POST", "/", R"({"bidder":"ann","amount":60})"));
    CHECK(whole.amount.units == 600'000);
    CHECK(whole.amount.notation == Money::Notation::integer);
}

TEST_CASE("whatever the body is, it is read as the reader of all JSON reads it") {
    const std::string long_bidder(limits::max_bidder_bytes, 'x');
    const std::string bodies[] = {
        R"({"bidder":"ann","amount":60})",
        R"({"amount":60.25,"bidder":"ann"})",
        " {\t\"bidder\" :\r\n \"ann\" , \"amount\": 0.0001 } \n",
        R"({"bidder":"ann","amount":99999999999.9999})",
        R"({"bidder":"ann","max_amount":60})",
        R"({"bidder":"ann","amount":60,"max_amount":60})",
        R"({"bidder":"ann","amount":100000000000})",
        R"({"bidder":"ann","amount":100000000000.0001})",
        R"({"bidder":"ann","amount":1000000000000000000000})",
        R"({"bidder":"ann","amount":60.00001})",
        R"({"bidder":"ann","amount":60.10000})",
        R"({"bidder":"ann","amount":60.300000000000004})",
        R"({"bidder":"ann","amount":6e1})",
        R"({"bidder":"ann","amount":6E-3})",
        R"({"bidder":"ann","amount":0})",
        R"({"bidder":"ann","amount":0.0})",
        R"({"bidder":"ann","amount":-5})",
        R"({"bidder":"ann","amount":05})",
        R"({"bidder":"ann","amount":.5})",
        R"({"bidder":"ann","amount":5.})",
        R"({"bidder":"ann","amount":+5})",
        R"({"bidder":"ann","amount":"60.5"})",
        R"({"bidder":"ann","amount":null})",
        R"({"bidder":"ann","amount":[1]})",
        R"({"bidder":"ann"})",
        R"({"amount":5})",
        R"({"bidder":"","amount":5})",
        R"({"bidder":null,"amount":5})",
        R"({"bidder":5,"amount":5})",
        R"({"bidder":"a\"b","amount":5})",
        R"({"bidder":"a\u0041","amount":5})",
        "{\"bidder\":\"\xc3\xa4\",\"amount\":5}",
        "{\"bidder\":\"\xc3\",\"amount\":5}",
        "{\"bidder\":\"a\x01\",\"amount\":5}",
        "{\"bidder\":\"a\x7f\",\"amount\":5}",
        R"({"bidder":"ann","amount":5,"note":"x"})",
        R"({"bidder":"ann","amount":5,"amount":6})",
        R"({"bidder":"ann","bidder":"bob","amount":6})",
        R"({"bidder":"ann","amount":5,})",
        R"({"bidder":"ann" "amount":5})",
        R"({"bidder":"ann","amount":5}})",
        R"({"bidder":"ann","amount":5} x)",
        R"({"bidder":"ann","amount":5)",
        R"({"bidder":"ann","amount")",
        R"({"bidder)",
        R"([{"bidder":"ann","amount":5}])",
        "{}",
        "",
        "{",
        R"({"bidder":")" + long_bidder + R"(","amount":5})",
        R"({"bidder":"y)" + long_bidder + R"(","amount":5})",
    };
    for (const auto& body : bodies) {
        CAPTURE(body);
        CHECK(outcome_of(body, by_read_bid) == outcome_of(body, by_document));
    }
}

}  // namespace
}  // namespace gavel::contract
