#include "common/money/money.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "common/limits.h"

namespace gavel {
namespace {

std::string shown(const MoneyReading& reading) {
    if (!reading.error) {
        std::string text;
        append_json_money(text, reading.money);
        return text;
    }
    switch (*reading.error) {
        case MoneyError::not_positive: return "not positive";
        case MoneyError::too_fine: return "too fine";
        case MoneyError::too_large: break;
    }
    return "too large";
}

TEST_CASE("a double within 1e-9 of a multiple of 1/10,000 is that multiple, all else is refused") {
    struct Row {
        double value;
        const char* expected;
    };
    const Row rows[] = {
        {60.0, "60.0"},
        {60.1 + 0.2, "60.3"},  // 60.300000000000004
        {0.1 + 0.2, "0.3"},
        {0.0001, "0.0001"},
        {75.2525, "75.2525"},
        {50'000.0001, "50000.0001"},
        {1e11, "100000000000.0"},
        {99'999'999'999.9999, "99999999999.9999"},
        {1.00000000099, "1.0"},      // just within
        {0.99999999901, "1.0"},      // from below
        {1.0000000011, "too fine"},  // just outside
        {0.9999999989, "too fine"},
        {0.00001, "too fine"},
        {0.00005, "too fine"},
        {0.00009999, "too fine"},
        {60.00005, "too fine"},
        {5e-324, "too fine"},
        {0.0, "not positive"},
        {-0.0, "not positive"},
        {-0.00001, "not positive"},
        {-1e308, "not positive"},
        {-std::numeric_limits<double>::infinity(), "not positive"},
        {std::numeric_limits<double>::quiet_NaN(), "not positive"},
        {1e11 + 0.001, "too large"},
        {1e308, "too large"},
        {std::numeric_limits<double>::infinity(), "too large"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.value);
        CHECK(shown(money_from_double(row.value)) == row.expected);
    }
}

TEST_CASE("a whole number keeps its notation and has the same limit") {
    CHECK(shown(money_from_integer(1)) == "1");
    CHECK(shown(money_from_integer(60)) == "60");
    CHECK(shown(money_from_integer(100'000'000'000)) == "100000000000");
    CHECK(shown(money_from_integer(100'000'000'001)) == "too large");
    CHECK(shown(money_from_integer(std::numeric_limits<std::int64_t>::max())) == "too large");
    CHECK(shown(money_from_integer(0)) == "not positive");
    CHECK(shown(money_from_integer(-1)) == "not positive");
    CHECK(shown(money_from_integer(std::numeric_limits<std::int64_t>::min())) == "not positive");
}

TEST_CASE("notation is no part of the value") {
    const Money whole{600'000, Money::Notation::integer};
    const Money decimal{600'000, Money::Notation::decimal};
    CHECK(whole == decimal);
    CHECK_FALSE(whole < decimal);
    CHECK(whole < Money{600'001, Money::Notation::integer});
}

TEST_CASE("every amount up to the limit survives its own text") {
    // Steps of a large prime walk all magnitudes and all fractions.
    for (std::int64_t units = 1; units <= limits::max_money_units; units += 99'999'999'977 * 11) {
        const Money money{units, Money::Notation::decimal};
        const auto number = parse_python_float(format_decimal(money));
        REQUIRE(number);
        const auto reading = money_from_double(*number);
        REQUIRE_FALSE(reading.error);
        REQUIRE(reading.money.units == units);
    }
    for (std::int64_t below = 0; below < 100'000; ++below) {
        const std::int64_t units = limits::max_money_units - below;
        const auto number = parse_python_float(format_decimal({units, Money::Notation::decimal}));
        REQUIRE(money_from_double(*number).money.units == units);
    }
}

TEST_CASE("text is taken as Python's float() takes it") {
    struct Row {
        std::string text;
        double expected;
    };
    const std::string zeros(400, '0');
    const Row good[] = {
        {"60", 60},
        {"75.25", 75.25},
        {"  60\t\n\v\f\r", 60},
        {"+5", 5},
        {"-5", -5},
        {"-0", 0},
        {"00012", 12},
        {"5.", 5},
        {".5", 0.5},
        {"-.5", -0.5},
        {"+.5", 0.5},
        {"1e3", 1000},
        {"1E+03", 1000},
        {"1e-2", 0.01},
        {"1_000", 1000},
        {"1_0.0_1", 10.01},
        {"1e1_0", 1e10},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        // Too small for a double is 0, however it is written.
        {"1e-400", 0},
        {"-1e-400", 0},
        {"0." + zeros + "1", 0},
        {"0." + zeros + "1e+5", 0},
        // An exponent that is negative does not make a long number small.
        {"1" + zeros + "e-400", 1},
    };
    for (const auto& row : good) {
        CAPTURE(row.text);
        const auto value = parse_python_float(row.text);
        REQUIRE(value);
        CHECK(*value == doctest::Approx(row.expected).epsilon(1e-15));
    }

    const std::string bad[] = {
        "",
        " ",
        "+",
        "-",
        ".",
        "e",
        "e5",
        ".e5",
        "-.",
        "lots",
        "5 5",
        "- 5",
        "+-5",
        "-+5",
        "--5",
        "++5",
        "1e",
        "1e+",
        "1e5.0",
        "1.2.3",
        "1,5",
        "0x10",
        "0x1p3",
        "1f",
        "5%",
        "$5",
        "_1",
        "1_",
        "1__0",
        "1_.5",
        "1._5",
        "1_e5",
        "1e_5",
        "-_5",
        "nan",
        "NaN",
        "+nan",
        "-nan",
        "nan(1)",
        "inf",
        "-inf",
        "+inf",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1" + zeros + "e-5",
        "0.1e999",
        std::string("5\0", 2),
        std::string("\0", 1),
        "\x1c"
        "5",
        "5\x1f",
        "\xc2\xa0"
        "5",
        "\xd9\xa1",
        "\xff",
        "5\xe2\x82\xac",
    };
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_FALSE(parse_python_float(text));
    }
}

TEST_CASE("text is taken as Python's int() takes it") {
    struct Row {
        const char* text;
        std::int64_t expected;
    };
    const auto max = std::numeric_limits<std::int64_t>::max();
    const auto min = std::numeric_limits<std::int64_t>::min();
    const Row good[] = {
        {"90", 90},
        {" 90 ", 90},
        {"+90", 90},
        {"-90", -90},
        {"-0", 0},
        {"007", 7},
        {"1_000", 1000},
        {"\t1\n", 1},
        {"9223372036854775807", max},
        {"9223372036854775808", max},
        {"99999999999999999999999999", max},
        {"-9223372036854775808", min},
        {"-99999999999999999999999999", min},
    };
    for (const auto& row : good) {
        CAPTURE(row.text);
        const auto value = parse_python_int(row.text);
        REQUIRE(value);
        CHECK(*value == row.expected);
    }

    const std::string bad[] = {
        "",      " ",
        "+",     "-",
        "soon",  "12.0",
        "12.",   "1e3",
        "+-5",   "--5",
        "- 5",   "5 5",
        "0x10",  "0b1",
        "1_",    "_1",
        "1__0",  "-_1",
        "nan",   "inf",
        "5s",    std::string("5\0", 2),
        "5\x1f",
    };
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_FALSE(parse_python_int(text));
    }
}

TEST_CASE("amounts are printed as Python prints a float") {
    struct Row {
        std::int64_t units;
        const char* expected;
    };
    const Row rows[] = {
        {0, "0.0"},           {1, "0.0001"},
        {10, "0.001"},        {5'000, "0.5"},
        {600'000, "60.0"},    {605'000, "60.5"},
        {752'525, "75.2525"}, {600'001, "60.0001"},
        {-5'000, "-0.5"},     {limits::max_money_units, "100000000000.0"},
    };
    for (const auto& row : rows) {
        CHECK(format_decimal({row.units, Money::Notation::integer}) == row.expected);
    }
}

TEST_CASE("JSON shows a whole number as it was written, and a fraction whatever was written") {
    const auto shown_as = [](std::int64_t units, Money::Notation notation) {
        std::string text = "x";
        append_json_money(text, {units, notation});
        return text;
    };
    CHECK(shown_as(600'000, Money::Notation::integer) == "x60");
    CHECK(shown_as(600'000, Money::Notation::decimal) == "x60.0");
    CHECK(shown_as(605'000, Money::Notation::integer) == "x60.5");
    CHECK(shown_as(0, Money::Notation::integer) == "x0");
}

TEST_CASE("two decimals are rounded as printf rounds the nearest double") {
    struct Row {
        std::int64_t units;
        const char* expected;
    };
    const Row rows[] = {
        {600'000, "60.00"}, {605'000, "60.50"}, {1, "0.00"},
        {50, "0.01"},     // the double of 0.005 lies a little above
        {150, "0.01"},    // that of 0.015 a little below
        {1'250, "0.12"},  // 0.125 is exact: half to even
        {3'750, "0.38"},  // 0.375 likewise
        {9'999, "1.00"},    {9'949, "0.99"},    {limits::max_money_units, "100000000000.00"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.units);
        CHECK(format_two_decimals({row.units, Money::Notation::decimal}) == row.expected);
    }
}

}  // namespace
}  // namespace gavel
