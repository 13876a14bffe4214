#include "common/money/money.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/json/json_text.h"
#include "common/limits.h"

namespace gavel {
namespace {

bool is_python_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Without the spaces around it and the underscores between digits; nothing when an underscore
// stands anywhere else.
std::optional<std::string> plain_number(std::string_view text) {
    while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            plain += text[i];
            continue;
        }
        const bool between_digits =
            i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
        if (!between_digits) return std::nullopt;
    }
    return plain;
}

// std::from_chars takes a '-' but no '+'. Nothing for "+-5" and the like.
std::optional<std::string_view> without_plus(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && (text.front() == '-' || text.front() == '+')) return std::nullopt;
    }
    return text;
}

void append_units(std::string& out, std::int64_t units) {
    constexpr std::size_t decimals = 4;  // of a unit
    if (units < 0) out += '-';
    append_decimal(out, static_cast<std::uint64_t>(std::abs(units)), decimals);
}

}  // namespace

MoneyReading money_from_double(double value) {
    if (!(value > 0)) return {{}, MoneyError::not_positive};
    const double scaled = value * static_cast<double>(Money::units_per_whole);
    if (scaled > static_cast<double>(limits::max_money_units)) return {{}, MoneyError::too_large};
    const double nearest = std::nearbyint(scaled);
    if (nearest < 1 || std::fabs(scaled - nearest) > scaled * 1e-9) {
        return {{}, MoneyError::too_fine};
    }
    return {{static_cast<std::int64_t>(nearest), Money::Notation::decimal}, std::nullopt};
}

MoneyReading money_from_integer(std::int64_t whole) {
    if (whole <= 0) return {{}, MoneyError::not_positive};
    if (whole > limits::max_money_units / Money::units_per_whole) {
        return {{}, MoneyError::too_large};
    }
    return {{whole * Money::units_per_whole, Money::Notation::integer}, std::nullopt};
}

std::optional<double> parse_python_float(std::string_view text) {
    const auto plain = plain_number(text);
    if (!plain) return std::nullopt;
    const auto number = without_plus(*plain);
    if (!number || number->empty()) return std::nullopt;
    // from_chars also knows "inf" and "nan", which have no digit before any letter.
    const auto digits = number->substr(number->front() == '-' ? 1 : 0);
    if (digits.empty() || (!is_digit(digits.front()) && digits.front() != '.')) return std::nullopt;
    double value = 0;
    const char* const end = number->data() + number->size();
    const auto [rest, error] = std::from_chars(number->data(), end, value);
    if (rest != end) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // As float() does: too small is 0, too large is infinite, which is no amount. from_chars
        // does not tell which of the two; strtod does. (In another locale it might stop early, but
        // no locale is ever set.)
        value = std::strtod(std::string(*number).c_str(), nullptr);
        if (std::isinf(value)) return std::nullopt;
        return value;
    }
    if (error != std::errc()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_python_int(std::string_view text) {
    const auto plain = plain_number(text);
    if (!plain) return std::nullopt;
    const auto number = without_plus(*plain);
    if (!number || number->empty()) return std::nullopt;
    std::int64_t value = 0;
    const char* const end = number->data() + number->size();
    const auto [rest, error] = std::from_chars(number->data(), end, value);
    if (rest != end || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        return number->front() == '-' ? std::numeric_limits<std::int64_t>::min()
                                      : std::numeric_limits<std::int64_t>::max();
    }
    return value;
}

std::string format_decimal(Money money) {
    std::string text;
    append_units(text, money.units);
    return text;
}

void append_json_money(std::string& out, Money money) {
    if (money.notation == Money::Notation::integer && money.units % Money::units_per_whole == 0) {
        out += std::to_string(money.units / Money::units_per_whole);
    } else {
        append_units(out, money.units);
    }
}

std::string format_two_decimals(Money money) {
    // Through the double that the other platform holds: its 0.015 lies a little below, and shows.
    const double value = static_cast<double>(money.units) / Money::units_per_whole;
    std::array<char, 32> text;
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 2);
    return error == std::errc() ? std::string(text.data(), end) : std::string();
}

}  // namespace gavel
