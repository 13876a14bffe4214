#include "common/http/percent_encoding.h"

#include <doctest/doctest.h>

namespace gavel {
namespace {

TEST_CASE("two hex digits after a % are one byte, any other % stays") {
    struct Row {
        std::string_view text;
        std::string expected;
    };
    const Row rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"a%20b", "a b"},
        {"%41%62", "Ab"},
        {"%2F%2f", "//"},
        {"%2e%2E", ".."},
        {"%00", std::string("\0", 1)},
        {"%c3%A9", "\xc3\xa9"},
        {"%ff", "\xff"},
        {"%2541", "%41"},  // decoded once, not twice
        {"%", "%"},
        {"%4", "%4"},
        {"a%4", "a%4"},
        {"%zz", "%zz"},
        {"%4z", "%4z"},
        {"%%41", "%A"},
        {"100%", "100%"},
        {"a+b", "a+b"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(percent_decode(row.text) == row.expected);
    }
}

TEST_CASE("a plus is a space only where forms are decoded") {
    CHECK(percent_decode("a+b%2B", true) == "a b+");
    CHECK(percent_decode("a+b%2B", false) == "a+b+");
}

TEST_CASE("everything but the unreserved characters is encoded") {
    CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(percent_encode("a b/c?d&e=f+g%") == "a%20b%2Fc%3Fd%26e%3Df%2Bg%25");
    CHECK(percent_encode("caf\xc3\xa9") == "caf%C3%A9");
    CHECK(percent_encode(std::string("\0\r\n", 3)) == "%00%0D%0A");
    CHECK(percent_encode("") == "");
}

TEST_CASE("every byte survives encoding and decoding") {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_decode(percent_encode(all), true) == all);
}

}  // namespace
}  // namespace gavel
