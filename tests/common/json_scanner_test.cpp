#include "common/json/json_scanner.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "common/limits.h"

namespace gavel {
namespace {

// What the scanner makes of a text that is one string.
std::string text_of(const std::string& json) {
    JSONScanner in(json);
    std::string text(in.text());
    in.expect_end();
    return text;
}

bool is_json(const std::string& text) {
    try {
        JSONScanner in(text);
        in.skip_value();
        in.expect_end();
        return true;
    } catch (const MalformedJSON&) {
        return false;
    }
}

JSONScanner::Number number_of(const std::string& json) {
    JSONScanner in(json);
    return in.number();
}

TEST_CASE("an object is read member by member, in the order of its text") {
    const std::string json = R"( { "a" : 1 , "b":[ ] , "c":["x",{"d":null}], "e":{} } )";
    JSONScanner in(json);
    in.enter_object();
    REQUIRE(in.next_name() == "a");
    CHECK(in.number().as_signed() == 1);
    REQUIRE(in.next_name() == "b");
    in.enter_list();
    CHECK(!in.next_item());
    REQUIRE(in.next_name() == "c");
    in.enter_list();
    REQUIRE(in.next_item());
    CHECK(in.text() == "x");
    REQUIRE(in.next_item());
    in.enter_object();
    REQUIRE(in.next_name() == "d");
    CHECK(in.take_null());
    CHECK(!in.next_name());
    CHECK(!in.next_item());
    REQUIRE(in.next_name() == "e");
    in.skip_value();
    CHECK(!in.next_name());
    in.expect_end();
}

TEST_CASE("escapes stand for what RFC 8259 says") {
    CHECK(text_of(R"("plain")") == "plain");
    CHECK(text_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(text_of(R"("a\u0041\u00e9\u20AC\ud83d\udd28z")") ==
          "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa8z");
    CHECK(text_of(R"("\u0000")") == std::string(1, '\0'));
    CHECK(text_of("\"\xf0\x9f\x94\xa8\"") == "\xf0\x9f\x94\xa8");
}

TEST_CASE("what is JSON is read over, what is not is refused, as the other parser does") {
    const std::string texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1.5e+3",
        "1E5",
        "1e-5",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}]]",
        "  [ 1 , 2 ]\r\n\t",
        R"({"a":1,"a":2})",
        "\"\x7f\"",
        "",
        " ",
        "nul",
        "nulll",
        "tru",
        "True",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "1 2",
        "[1 2]",
        "[1,]",
        "[,1]",
        "[",
        "]",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{1:2}",
        "{\"a\" 1}",
        "[1}",
        "{\"a\":1]",
        "\"",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\n\"",
        "\"\\n\n\"",
        "'a'",
        "// a",
        "[1]x",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xc1\xbf\"",
        "\"\xe0\x80\x80\"",
        "\"\xe0\xa0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xed\x9f\xbf\"",
        "\"\xf0\x80\x80\x80\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xff\"",
        "\"\xe2\x82\"",
        "\"\\n\xff\"",
        std::string("\"a\0b\"", 5),
        std::string("[\0]", 3),
    };
    for (const auto& text : texts) {
        CAPTURE(text);
        CHECK(is_json(text) == nlohmann::json::accept(text));
    }
}

TEST_CASE("a text that was cut or altered anywhere is judged as the other parser does") {
    const std::string whole =
        R"({"log_id":"a\u00e9\ud83d\udd28","events":[{"n":-1.5e3,"x":null,"y":[true,false]}]} )";
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole.substr(0, 1 + random() % whole.size());
        if (random() % 2 == 0) text = whole;
        // No NUL: the other parser takes it for the end of the text.
        text[random() % text.size()] = static_cast<char>(1 + random() % 255);
        CAPTURE(text);
        REQUIRE(is_json(text) == nlohmann::json::accept(text));
    }
}

TEST_CASE("nesting is bounded") {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };
    CHECK(is_json(nested(limits::max_json_depth)));
    CHECK(!is_json(nested(limits::max_json_depth + 2)));
    CHECK(!is_json(std::string(1'000'000, '[')));
}

TEST_CASE("a number keeps its value, whichever type is asked for") {
    CHECK(number_of("18446744073709551615").as_unsigned() ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(!number_of("18446744073709551616").as_unsigned());
    CHECK(!number_of("-1").as_unsigned());
    CHECK(number_of("-9223372036854775808").as_signed() ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(!number_of("9223372036854775808").as_signed());
    CHECK(!number_of("1.0").as_signed());
    CHECK(!number_of("1e3").as_unsigned());
    CHECK(number_of("1700000000.123456").as_double() == 1700000000.123456);
    CHECK(number_of("5").as_double() == 5.0);
    CHECK(number_of("1e-999").as_double() == 0.0);
    CHECK(std::isinf(number_of("1e999").as_double()));
}

TEST_CASE("a value that is not the one asked for is refused") {
    const std::string json = "[true]";
    JSONScanner in(json);
    CHECK_THROWS_AS(in.enter_object(), MalformedJSON);
    in.enter_list();
    REQUIRE(in.next_item());
    CHECK_THROWS_AS(in.text(), MalformedJSON);
    CHECK_THROWS_AS(in.number(), MalformedJSON);
    CHECK(!in.take_null());
}

}  // namespace
}  // namespace gavel
