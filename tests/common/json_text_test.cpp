#include "common/json/json_text.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace gavel {
namespace {

std::string as_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string seconds(std::int64_t time_us) {
    std::string out;
    append_json_seconds(out, time_us);
    return out;
}

TEST_CASE("what JSON cannot hold as it is gets escaped, all else stays") {
    struct Row {
        std::string text;
        const char* expected;
    };
    const Row rows[] = {
        {"", R"("")"},
        {"Laptop", R"("Laptop")"},
        {R"(say "hi")", R"("say \"hi\"")"},
        {R"(C:\)", R"("C:\\")"},
        {"a\nb\rc\td", R"("a\nb\rc\td")"},
        {std::string("\0", 1), R"("\u0000")"},
        {"\x01\x1f\b\f", R"("\u0001\u001f\u0008\u000c")"},
        {"\x7f", "\"\x7f\""},
        {"</script>", R"("</script>")"},
        {"caf\xc3\xa9 \xf0\x9f\x94\xa8", "\"caf\xc3\xa9 \xf0\x9f\x94\xa8\""},
        {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""},  // U+2028, fine in JSON
    };
    for (const auto& row : rows) CHECK(as_json(row.text) == row.expected);
}

TEST_CASE("a string is appended, and what was there stays") {
    std::string out = "{\"a\":";
    append_json_string(out, "b");
    CHECK(out == R"({"a":"b")");
}

TEST_CASE("every ASCII character comes back from a JSON parser") {
    std::string all;
    for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
    CHECK(nlohmann::json::parse(as_json(all)).get<std::string>() == all);
}

TEST_CASE("a decimal is exact, has at least one decimal and no zeros behind") {
    const auto decimal = [](std::uint64_t value, std::size_t decimals) {
        std::string out = "x";
        append_decimal(out, value, decimals);
        return out;
    };
    CHECK(decimal(0, 1) == "x0.0");
    CHECK(decimal(0, 4) == "x0.0");
    CHECK(decimal(1, 4) == "x0.0001");
    CHECK(decimal(1'000, 4) == "x0.1");
    CHECK(decimal(605'000, 4) == "x60.5");
    CHECK(decimal(100'010'000, 4) == "x10001.0");
    CHECK(decimal(~std::uint64_t{0}, 1) == "x1844674407370955161.5");
    CHECK(decimal(~std::uint64_t{0}, 20) == "x0.18446744073709551615");
}

TEST_CASE("times are Unix seconds as Python prints a float") {
    struct Row {
        std::int64_t time_us;
        const char* expected;
    };
    const Row rows[] = {
        {0, "0"},
        {1, "0.000001"},
        {100'000, "0.1"},
        {1'000'000, "1.0"},
        {1'500'000, "1.5"},
        {1'700'000'000'000'000, "1700000000.0"},
        {1'700'000'000'123'456, "1700000000.123456"},
        {1'700'000'000'120'000, "1700000000.12"},
        {1'700'000'000'000'001, "1700000000.000001"},
        {-1, "-0.000001"},
        {-1'500'000, "-1.5"},
        {std::numeric_limits<std::int64_t>::max(), "9223372036854.775807"},
        {std::numeric_limits<std::int64_t>::min(), "-9223372036854.775808"},
    };
    for (const auto& row : rows) CHECK(seconds(row.time_us) == row.expected);
}

}  // namespace
}  // namespace gavel
