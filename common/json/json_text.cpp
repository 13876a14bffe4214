#include "common/json/json_text.h"

#include <array>

namespace gavel {

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;  // start of the run that needs no escape
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out += digits[c >> 4];
                out += digits[c & 15];
        }
    }
    out.append(text, plain);
    out += '"';
}

void append_json_seconds(std::string& out, std::int64_t time_us) {
    if (time_us == 0) {
        out += '0';
        return;
    }
    if (time_us < 0) out += '-';
    const auto magnitude =
        time_us < 0 ? 0 - static_cast<std::uint64_t>(time_us) : static_cast<std::uint64_t>(time_us);
    append_decimal(out, magnitude, 6);
}

void append_decimal(std::string& out, std::uint64_t value, std::size_t decimals) {
    constexpr std::size_t most_digits = 20;
    std::array<char, 2 * most_digits + 1> text;
    std::size_t place = text.size();
    // From the last digit to the first; zeros at the end of the fraction are left out.
    bool kept = false;
    for (std::size_t left = decimals; left > 0; --left, value /= 10) {
        const auto digit = static_cast<char>('0' + value % 10);
        kept = kept || digit != '0' || left == 1;
        if (kept) text[--place] = digit;
    }
    text[--place] = '.';
    do {
        text[--place] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value > 0);
    out.append(text.data() + place, text.size() - place);
}

}  // namespace gavel
