#include "common/http/json_request.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel {
namespace {

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

// `levels` objects and arrays around `inner`, the outermost an object.
std::string nested(int levels, const std::string& inner) {
    return R"({"a":)" + repeated("[", levels - 1) + inner + repeated("]", levels - 1) + "}";
}

// The body as it was understood, or the status and text of its refusal.
std::string outcome(const std::string& body) {
    const JSONRequest request("POST", "/x", body);
    try {
        return request.object().dump();
    } catch (const HTTPError& refusal) {
        return std::to_string(refusal.status()) + " " + refusal.what();
    }
}

TEST_CASE("a body is one JSON object; an empty one is {}") {
    struct Row {
        std::string body;
        std::string expected;
    };
    const std::string broken = "400 request body is not valid JSON";
    const std::string no_object = "400 request body must be a JSON object";
    const Row rows[] = {
        {"", "{}"},
        {" \r\n\t", "{}"},
        {"{}", "{}"},
        {" {\"a\" : 1 }\n", R"({"a":1})"},
        {R"({"a":1,"a":2})", R"({"a":2})"},
        {R"({"a":{"x":1},"a":{"y":2}})", R"({"a":{"y":2}})"},
        {R"({"a":"\u00e9"})", "{\"a\":\"\xc3\xa9\"}"},
        {"null", no_object},
        {"5", no_object},
        {"\"{}\"", no_object},
        {"[]", no_object},
        {"[{}]", no_object},
        {"true", no_object},
        {"{not json", broken},
        {"[1", broken},
        {"{", broken},
        {"{\"a\":1", broken},
        {"{\"a\":1,}", broken},
        {"{'a':1}", broken},
        {"{a:1}", broken},
        {"{} {}", broken},
        {"{}x", broken},
        {"{\"a\":NaN}", broken},
        {"{\"a\":1e999}", broken},
        {"{\"a\":\"\t\"}", broken},
        {"{} // comment", broken},
        {std::string("{}\0", 3), broken},
        {std::string("{}\0{]", 5), broken},
        {std::string("{\"a\":\"\0\"}", 9), broken},
        {std::string("\0", 1), broken},
        {"a=1&b=2", broken},
        {"\xff\xfe{}", broken},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CHECK(outcome(row.body) == row.expected);
    }
}

TEST_CASE("text that is not UTF-8 is refused, wherever it stands") {
    const std::string bad[] = {
        "\xff", "\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x94",
    };
    for (const auto& bytes : bad) {
        CHECK(outcome("{\"a\":\"" + bytes + "\"}") == "400 request body is not valid JSON");
        CHECK(outcome("{\"" + bytes + "\":1}") == "400 request body is not valid JSON");
    }
}

TEST_CASE("64 levels are read and 65 refused, whatever is in the innermost") {
    const std::string too_deep = "400 JSON is nested too deeply";
    const int limit = limits::max_json_depth;
    for (const std::string inner : {"1", "\"x\"", "null"}) {
        CHECK(outcome(nested(limit, inner)) == nested(limit, inner));
        CHECK(outcome(nested(limit + 1, inner)) == too_deep);
    }
    CHECK(outcome(nested(limit - 1, "[]")) == nested(limit - 1, "[]"));
    CHECK(outcome(nested(limit, "[]")) == too_deep);
    CHECK(outcome(nested(limit, "{}")) == too_deep);
    CHECK(outcome(repeated(R"({"a":)", limit) + "1" + repeated("}", limit)).front() == '{');
    CHECK(outcome(repeated(R"({"a":)", limit + 1) + "1" + repeated("}", limit + 1)) == too_deep);
    // Refused while reading: the rest need not even be there.
    CHECK(outcome("{\"a\":" + repeated("[", 500'000)) == too_deep);
    CHECK(outcome(repeated("[", 500'000)) == too_deep);
}

TEST_CASE("many brackets are not many levels") {
    const std::string in_text = R"({"a":")" + repeated("[{", 100) + R"("})";
    CHECK(outcome(in_text) == in_text);
    const std::string wide = R"({"a":[)" + repeated("[],", 200) + "{}]}";
    CHECK(outcome(wide) == wide);
    // The reading that counts levels is the same in all else.
    const std::string pad = repeated("[],", 80);
    CHECK(outcome(R"({"b":[)" + pad + R"(0],"a":{"x":1},"a":{"y":2},"b":3})") ==
          R"({"a":{"y":2},"b":3})");
    CHECK(outcome(R"({"b":[)" + pad + "1,}") == "400 request body is not valid JSON");
    CHECK(outcome("[" + pad + "1]") == "400 request body must be a JSON object");
}

TEST_CASE("the body is parsed once, and a broken one is refused every time") {
    const JSONRequest request("POST", "/x", R"({"a":1})");
    CHECK(&request.object() == &request.object());
    const JSONRequest broken("POST", "/x", "{");
    CHECK_THROWS_AS(broken.object(), HTTPError);
    CHECK_THROWS_AS(broken.object(), HTTPError);
    CHECK(broken.body() == "{");
}

TEST_CASE("the path ends at the first question mark and is not decoded") {
    CHECK(JSONRequest("GET", "/a%2Fb/?x=/?y").path() == "/a%2Fb/");
    CHECK(JSONRequest("GET", "/a").path() == "/a");
    CHECK(JSONRequest("GET", "?x").path() == "");
    CHECK(JSONRequest("GET", "").path() == "");
    CHECK(JSONRequest("GET", "/a?b=c").target() == "/a?b=c");
}

TEST_CASE("query parameters: the first of that name, decoded, plus is a space") {
    const JSONRequest request("GET",
                              "/x?a=1&b=two+words%21&a=3&empty=&flag&c%20d=e&eq=a=b&&=v&%zz=p");
    CHECK(request.query("a") == "1");
    CHECK(request.query("b") == "two words!");
    CHECK(request.query("empty") == "");
    CHECK(request.query("flag") == "");
    CHECK(request.query("c d") == "e");
    CHECK(request.query("eq") == "a=b");
    CHECK(request.query("%zz") == "p");
    CHECK_FALSE(request.query("absent"));
    CHECK_FALSE(request.query("A"));
    CHECK_FALSE(JSONRequest("GET", "/a=1").query("a"));
    CHECK_FALSE(JSONRequest("GET", "/x?").query("a"));
    CHECK(JSONRequest("GET", "/x?b?a=1&a=2").query("a") == "2");
}

TEST_CASE("a numeric query parameter is decimal digits from 0 to its limit") {
    const auto outcome_of = [](const std::string& query) -> std::string {
        const JSONRequest request("GET", "/x" + query);
        try {
            const auto value = request.query_number("n", 100);
            return value ? std::to_string(*value) : "absent";
        } catch (const HTTPError& refusal) {
            return std::to_string(refusal.status()) + " " + refusal.what();
        }
    };
    CHECK(outcome_of("") == "absent");
    CHECK(outcome_of("?m=1") == "absent");
    CHECK(outcome_of("?n=0") == "0");
    CHECK(outcome_of("?n=100") == "100");
    CHECK(outcome_of("?n=007") == "7");
    CHECK(outcome_of("?n=%31") == "1");
    for (const char* bad : {"?n=101", "?n=", "?n", "?n=-1", "?n=-0", "?n=+1", "?n=%2B1", "?n=1.0",
                            "?n=1e1", "?n=0x1", "?n=%201", "?n=1%00", "?n=one", "?n=nan",
                            "?n=18446744073709551616", "?n=99999999999999999999999"}) {
        CAPTURE(bad);
        CHECK(outcome_of(bad) == "400 n must be a number from 0 to 100");
    }
    const JSONRequest largest("GET", "/x?n=18446744073709551615");
    CHECK(largest.query_number("n", ~0ULL) == ~0ULL);
}

TEST_CASE("a client may ask for a lean answer") {
    CHECK(JSONRequest("GET", "/", "", {{"prefer", "wait=5, Return=Minimal"}}).prefers_minimal());
    CHECK_FALSE(
        JSONRequest("GET", "/", "", {{"Prefer", "return=representation"}}).prefers_minimal());
    CHECK_FALSE(JSONRequest("GET", "/").prefers_minimal());
}

}  // namespace
}  // namespace gavel
