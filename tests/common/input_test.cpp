#include "common/contract/input.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "common/http/json_request.h"
#include "common/limits.h"

namespace gavel::contract {
namespace {

std::string shown(const std::string& text) {
    return "\"" + text + "\"";
}
std::string shown(const std::optional<std::string>& text) {
    return text ? shown(*text) : "null";
}
std::string shown(std::int64_t seconds) {
    return std::to_string(seconds);
}
std::string shown(Money money) {
    std::string text;
    append_json_money(text, money);
    return text;
}

// What a reader makes of a body: the value, or the status and text of its refusal.
template <class Value>
std::string outcome(Value (*read)(const nlohmann::json&), const std::string& body) {
    const JSONRequest request("POST", "/api/auctions", body);
    try {
        return shown(read(request.object()));
    } catch (const HTTPError& refusal) {
        return std::to_string(refusal.status()) + " " + refusal.what();
    }
}

struct Row {
    std::string body;
    std::string expected;
};

template <class Value, std::size_t count>
void check_rows(Value (*read)(const nlohmann::json&), const Row (&rows)[count]) {
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CHECK(outcome(read, row.body) == row.expected);
    }
}

// {"<name>": "xxx…"} with that many bytes.
std::string text_of(const std::string& name, std::size_t bytes, const std::string& unit = "x") {
    std::string text;
    while (text.size() < bytes) text += unit;
    return R"({")" + name + R"(":")" + text + R"("})";
}

TEST_CASE("an amount is a number or numeric text above 0 with at most four decimals") {
    const std::string zeros(400, '0');
    const Row rows[] = {
        // Numbers keep the notation they came in.
        {R"({"amount":60})", "60"},
        {R"({"amount":60.0})", "60.0"},
        {R"({"amount":6e1})", "60.0"},
        {R"({"amount":60.5})", "60.5"},
        {R"({"amount":0.0001})", "0.0001"},
        {R"({"amount":60.300000000000004})", "60.3"},
        {R"({"amount":100000000000})", "100000000000"},
        {R"({"amount":99999999999.9999})", "99999999999.9999"},
        {R"({"amount":5,"amount":7})", "7"},
        // Text, as Python's float() takes it.
        {R"({"amount":"75.25"})", "75.25"},
        {R"({"amount":"60"})", "60.0"},
        {R"({"amount":"  60\t\n"})", "60.0"},
        {R"({"amount":"+60"})", "60.0"},
        {R"({"amount":"1_000.5"})", "1000.5"},
        {R"({"amount":"6e1"})", "60.0"},
        {R"({"amount":"6E+0_1"})", "60.0"},
        {R"({"amount":"5."})", "5.0"},
        {R"({"amount":".5"})", "0.5"},
        {R"({"amount":"60.300000000000004"})", "60.3"},
        // Not numeric.
        {R"({})", "400 amount must be numeric"},
        {R"({"amount":null})", "400 amount must be numeric"},
        {R"({"amount":true})", "400 amount must be numeric"},
        {R"({"amount":false})", "400 amount must be numeric"},
        {R"({"amount":[60]})", "400 amount must be numeric"},
        {R"({"amount":{"amount":60}})", "400 amount must be numeric"},
        {R"({"Amount":60})", "400 amount must be numeric"},
        {R"({"amount":""})", "400 amount must be numeric"},
        {R"({"amount":" "})", "400 amount must be numeric"},
        {R"({"amount":"lots"})", "400 amount must be numeric"},
        {R"({"amount":"-"})", "400 amount must be numeric"},
        {R"({"amount":"1__0"})", "400 amount must be numeric"},
        {R"({"amount":"_1"})", "400 amount must be numeric"},
        {R"({"amount":"1_"})", "400 amount must be numeric"},
        {R"({"amount":"1e"})", "400 amount must be numeric"},
        {R"({"amount":"0x10"})", "400 amount must be numeric"},
        {R"({"amount":"1,5"})", "400 amount must be numeric"},
        {R"({"amount":"$60"})", "400 amount must be numeric"},
        {R"({"amount":"60 000"})", "400 amount must be numeric"},
        {R"({"amount":"60\u0000"})", "400 amount must be numeric"},
        {R"({"amount":"\u0661"})", "400 amount must be numeric"},
        {R"({"amount":"nan"})", "400 amount must be numeric"},
        {R"({"amount":"-NaN"})", "400 amount must be numeric"},
        {R"({"amount":"inf"})", "400 amount must be numeric"},
        {R"({"amount":"-Infinity"})", "400 amount must be numeric"},
        {R"({"amount":"1e400"})", "400 amount must be numeric"},
        // Not positive.
        {R"({"amount":0})", "400 amount must be positive"},
        {R"({"amount":-0})", "400 amount must be positive"},
        {R"({"amount":0.0})", "400 amount must be positive"},
        {R"({"amount":-0.0})", "400 amount must be positive"},
        {R"({"amount":-5})", "400 amount must be positive"},
        {R"({"amount":-0.00001})", "400 amount must be positive"},
        {R"({"amount":-9223372036854775808})", "400 amount must be positive"},
        {R"({"amount":-1e308})", "400 amount must be positive"},
        {R"({"amount":1e-400})", "400 amount must be positive"},
        {R"({"amount":"0"})", "400 amount must be positive"},
        {R"({"amount":"-0"})", "400 amount must be positive"},
        {R"({"amount":"-5"})", "400 amount must be positive"},
        {R"({"amount":"1e-400"})", "400 amount must be positive"},
        {R"({"amount":"0.)" + zeros + R"(1"})", "400 amount must be positive"},
        // Too fine.
        {R"({"amount":0.00001})", "400 amount has more than four decimals"},
        {R"({"amount":"0.00001"})", "400 amount has more than four decimals"},
        {R"({"amount":60.00005})", "400 amount has more than four decimals"},
        {R"({"amount":5e-324})", "400 amount has more than four decimals"},
        // Too large.
        {R"({"amount":100000000001})", "400 amount is too large"},
        {R"({"amount":100000000000.001})", "400 amount is too large"},
        {R"({"amount":9223372036854775807})", "400 amount is too large"},
        {R"({"amount":9223372036854775808})", "400 amount is too large"},
        {R"({"amount":18446744073709551615})", "400 amount is too large"},
        {R"({"amount":18446744073709551616})", "400 amount is too large"},
        {R"({"amount":1e308})", "400 amount is too large"},
        {R"({"amount":"1e308"})", "400 amount is too large"},
        // No JSON at all.
        {R"({"amount":NaN})", "400 request body is not valid JSON"},
        {R"({"amount":Infinity})", "400 request body is not valid JSON"},
        {R"({"amount":1e400})", "400 request body is not valid JSON"},
        {R"({"amount":05})", "400 request body is not valid JSON"},
        {R"({"amount":+5})", "400 request body is not valid JSON"},
        {R"({"amount":.5})", "400 request body is not valid JSON"},
    };
    check_rows(&read_amount, rows);
}

TEST_CASE("a starting bid is a JSON number above 0; text is refused") {
    const Row rows[] = {
        {R"({"starting_bid":50})", "50"},
        {R"({"starting_bid":50.0})", "50.0"},
        {R"({"starting_bid":10.5})", "10.5"},
        {R"({"starting_bid":0.0001})", "0.0001"},
        {R"({})", "400 starting_bid must be positive"},
        {R"({"starting_bid":0})", "400 starting_bid must be positive"},
        {R"({"starting_bid":-0})", "400 starting_bid must be positive"},
        {R"({"starting_bid":-0.0})", "400 starting_bid must be positive"},
        {R"({"starting_bid":-3})", "400 starting_bid must be positive"},
        {R"({"starting_bid":"50"})", "400 starting_bid must be a number"},
        {R"({"starting_bid":""})", "400 starting_bid must be a number"},
        {R"({"starting_bid":null})", "400 starting_bid must be a number"},
        {R"({"starting_bid":true})", "400 starting_bid must be a number"},
        {R"({"starting_bid":[50]})", "400 starting_bid must be a number"},
        {R"({"starting_bid":{}})", "400 starting_bid must be a number"},
        {R"({"starting_bid":0.00001})", "400 starting_bid has more than four decimals"},
        {R"({"starting_bid":1e308})", "400 starting_bid is too large"},
        {R"({"starting_bid":100000000001})", "400 starting_bid is too large"},
    };
    check_rows(&read_starting_bid, rows);
}

TEST_CASE("a duration is whole seconds, text of them, or nothing; a fraction is cut off") {
    const Row rows[] = {
        {R"({})", "0"},
        {R"({"duration_seconds":null})", "0"},
        {R"({"duration_seconds":""})", "0"},
        {R"({"duration_seconds":0})", "0"},
        {R"({"duration_seconds":-0})", "0"},
        {R"({"duration_seconds":-0.0})", "0"},
        {R"({"duration_seconds":120})", "120"},
        {R"({"duration_seconds":12.9})", "12"},
        {R"({"duration_seconds":-0.9})", "0"},
        {R"({"duration_seconds":1e2})", "100"},
        {R"({"duration_seconds":"90"})", "90"},
        {R"({"duration_seconds":" 90\n"})", "90"},
        {R"({"duration_seconds":"+90"})", "90"},
        {R"({"duration_seconds":"-0"})", "0"},
        {R"({"duration_seconds":"007"})", "7"},
        {R"({"duration_seconds":"1_000"})", "1000"},
        {R"({"duration_seconds":3155760000})", "3155760000"},
        {R"({"duration_seconds":3155760000.9})", "3155760000"},
        {R"({"duration_seconds":"soon"})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":" "})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":"12.9"})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":"1e2"})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":"1__0"})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":"nan"})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":true})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":false})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":[]})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":{}})", "400 duration_seconds must be an integer"},
        {R"({"duration_seconds":-1})", "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":-1.5})", "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":"-1"})", "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":-1e30})", "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":-99999999999999999999})",
         "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":"-99999999999999999999"})",
         "400 duration_seconds cannot be negative"},
        {R"({"duration_seconds":3155760001})", "400 duration_seconds is too large"},
        {R"({"duration_seconds":3155760001.0})", "400 duration_seconds is too large"},
        {R"({"duration_seconds":"3155760001"})", "400 duration_seconds is too large"},
        {R"({"duration_seconds":18446744073709551615})", "400 duration_seconds is too large"},
        {R"({"duration_seconds":1e30})", "400 duration_seconds is too large"},
        {R"({"duration_seconds":"99999999999999999999999999999999"})",
         "400 duration_seconds is too large"},
    };
    check_rows(&read_duration_seconds, rows);
}

TEST_CASE("a name is text, not empty, of 1,000 bytes at most") {
    const Row rows[] = {
        {R"({"name":"Laptop"})", "\"Laptop\""},
        {R"({"name":" "})", "\" \""},
        {R"({"name":"caf\u00e9 \ud83d\udd28"})", "\"caf\xc3\xa9 \xf0\x9f\x94\xa8\""},
        {R"({"name":"a\nb\u0001"})", "\"a\nb\x01\""},
        {R"({"name":"a\u0000b"})", std::string("\"a\0b\"", 5)},
        {R"({"name":"<script>"})", "\"<script>\""},
        {text_of("name", 1'000), "\"" + std::string(1'000, 'x') + "\""},
        {R"({})", "400 name is required"},
        {R"({"name":""})", "400 name is required"},
        {R"({"name":null})", "400 name is required"},
        {R"({"Name":"Laptop"})", "400 name is required"},
        {R"({"name":5})", "400 name must be text"},
        {R"({"name":0})", "400 name must be text"},
        {R"({"name":true})", "400 name must be text"},
        {R"({"name":false})", "400 name must be text"},
        {R"({"name":["Laptop"]})", "400 name must be text"},
        {R"({"name":[]})", "400 name must be text"},
        {R"({"name":{}})", "400 name must be text"},
        {text_of("name", 1'001), "400 name is longer than 1000 bytes"},
        // Bytes count, not characters: 501 times two.
        {text_of("name", 1'002, "\xc3\xa9"), "400 name is longer than 1000 bytes"},
        {"{\"name\":\"\xff\"}", "400 request body is not valid JSON"},
        {"{\"name\":\"a\nb\"}", "400 request body is not valid JSON"},
        {R"({"name":"\ud800"})", "400 request body is not valid JSON"},
    };
    check_rows(&read_name, rows);
}

TEST_CASE("a bidder is text, not empty, of 255 bytes at most") {
    const Row rows[] = {
        {R"({"bidder":"alice"})", "\"alice\""},
        {R"({"bidder":"\u0007"})", "\"\a\""},
        {text_of("bidder", 255), "\"" + std::string(255, 'x') + "\""},
        {R"({})", "400 bidder is required"},
        {R"({"bidder":""})", "400 bidder is required"},
        {R"({"bidder":null})", "400 bidder is required"},
        {R"({"bidder":5})", "400 bidder must be text"},
        {R"({"bidder":true})", "400 bidder must be text"},
        {R"({"bidder":["alice"]})", "400 bidder must be text"},
        {R"({"bidder":{"name":"alice"}})", "400 bidder must be text"},
        {text_of("bidder", 256), "400 bidder is longer than 255 bytes"},
    };
    check_rows(&read_bidder, rows);
}

TEST_CASE("a description is text, of 10,000 bytes at most, or null, which is kept") {
    const Row rows[] = {
        {R"({})", "\"\""},
        {R"({"description":""})", "\"\""},
        {R"({"description":"Lightly used"})", "\"Lightly used\""},
        {R"({"description":null})", "null"},
        {text_of("description", 10'000), "\"" + std::string(10'000, 'x') + "\""},
        {R"({"description":5})", "400 description must be text"},
        {R"({"description":false})", "400 description must be text"},
        {R"({"description":["a"]})", "400 description must be text"},
        {R"({"description":{}})", "400 description must be text"},
        {text_of("description", 10'001), "400 description is longer than 10000 bytes"},
    };
    check_rows(&read_description, rows);
}

TEST_CASE("unknown fields are ignored") {
    const std::string body = R"({"amount":60,"bidder":"alice","max":[1,{"a":null}],"":0})";
    CHECK(outcome(&read_amount, body) == "60");
    CHECK(outcome(&read_bidder, body) == "\"alice\"");
}

TEST_CASE("an auction's id has one spelling: its decimal digits") {
    CHECK(parse_auction_id("0") == 0U);
    CHECK(parse_auction_id("7") == 7U);
    CHECK(parse_auction_id("1700000000123") == 1'700'000'000'123U);
    CHECK(parse_auction_id("18446744073709551615") == 18'446'744'073'709'551'615U);

    const std::string_view bad[] = {
        "",
        "00",
        "007",
        "+7",
        "-7",
        "-0",
        " 7",
        "7 ",
        "7.0",
        "7e0",
        "0x7",
        "1_0",
        "seven",
        "..",
        "7/8",
        "18446744073709551616",
        "99999999999999999999999999",
        "\xd9\xa1",
        std::string_view("7\0", 2),
        std::string_view(),
    };
    for (const auto text : bad) {
        CAPTURE(text);
        CHECK_FALSE(parse_auction_id(text));
    }
}

}  // namespace
}  // namespace gavel::contract
