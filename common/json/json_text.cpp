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
    out += std::to_string(magnitude / 1'000'000);
    out += '.';
    auto fraction = static_cast<int>(magnitude % 1'000'000);
    std::array<char, 6> decimals;
    for (std::size_t i = 6; i-- > 0; fraction /= 10) {
        decimals[i] = static_cast<char>('0' + fraction % 10);
    }
    std::size_t count = 6;
    while (count > 1 && decimals[count - 1] == '0') --count;
    out.append(decimals.data(), count);
}

}  // namespace gavel
