#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gavel {

// An exact amount of the currency: a whole number of ten-thousandths. Never a float.
//
// `notation` remembers how the amount was written, because old clients see it: Python prints the
// whole number 50 and the float 50.0 differently. It is no part of the value.
struct Money {
    enum class Notation : std::uint8_t { integer, decimal };

    std::int64_t units = 0;  // 1/10,000 of the currency
    Notation notation = Notation::decimal;

    static constexpr std::int64_t units_per_whole = 10'000;

    bool operator==(const Money& other) const { return units == other.units; }
    auto operator<=>(const Money& other) const { return units <=> other.units; }
};

enum class MoneyError { not_positive, too_fine, too_large };

// Either the amount or what is wrong with it.
struct MoneyReading {
    Money money;
    std::optional<MoneyError> error;
};

// Reads a positive amount. A double within 1e-9 (relative) of a multiple of 1/10,000 is that
// multiple, since JavaScript's 60.1 + 0.2 is 60.300000000000004; anything finer is refused.
MoneyReading money_from_double(double value);
MoneyReading money_from_integer(std::int64_t whole);

// Text as Python's float() takes it: spaces around it, a sign, an exponent, underscores between
// digits. Nothing for other text, `nan` and what is infinite. ASCII digits and spaces only.
std::optional<double> parse_python_float(std::string_view text);

// Text as Python's int() takes it: spaces around it, a sign, underscores between digits. A number
// beyond 64 bits is the largest or smallest of them. Nothing for other text.
std::optional<std::int64_t> parse_python_int(std::string_view text);

// As Python prints a float: "60.0", "60.5", "75.2525".
std::string format_decimal(Money money);
// As JSON: "60" when it was written as a whole number, otherwise as format_decimal().
void append_json_money(std::string& out, Money money);
// With two decimals, rounded as printf's "%.2f" rounds the nearest double: "60.00".
std::string format_two_decimals(Money money);

}  // namespace gavel
