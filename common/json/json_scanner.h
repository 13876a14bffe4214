#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gavel {

// Goes over JSON text once, in a form that is known beforehand: for what is read so often that a
// JSON reader, which takes any form, would be a good part of the work. Each method takes what it
// names and is true, or is false when another thing stands there; then the whole text is for the
// reader of all JSON. Borrows the text.
class JSONScanner {
  public:
    explicit JSONScanner(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ == text_.size(); }

    void blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }

    bool literal(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return false;
        at_ += expected.size();
        return true;
    }

    // A whole number below 10^18, without leading zeros.
    bool number(std::uint64_t& value) {
        const std::size_t begin = at_;
        value = 0;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            if (value >= max_number / 10) return false;
            value = value * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
        }
        const std::size_t digits = at_ - begin;
        return digits == 1 || (digits > 1 && text_[begin] != '0');
    }

    // A number with at most `decimals` digits after the point, in units of the last of them.
    bool decimal(int decimals, std::int64_t& units, bool& has_point) {
        std::uint64_t value = 0;
        if (!number(value)) return false;
        has_point = literal(".");
        int seen = 0;
        while (has_point && at_ < text_.size() && is_digit(text_[at_])) {
            if (++seen > decimals || value >= max_number / 10) return false;
            value = value * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
        }
        if (has_point && seen == 0) return false;
        for (; seen < decimals; ++seen) {
            if (value >= max_number / 10) return false;
            value *= 10;
        }
        units = static_cast<std::int64_t>(value);
        return true;
    }

    // A string of printable ASCII without escapes.
    bool text(std::string& value) {
        if (!literal("\"")) return false;
        const std::size_t begin = at_;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            const char c = text_[at_];
            if (c < ' ' || c > '~' || c == '\\') return false;
        }
        value.assign(text_, begin, at_ - begin);
        return literal("\"");
    }

    // The members of an object, unread: whoever shows them has them as the service wrote them.
    bool members(std::string& value) {
        if (!literal("{")) return false;
        const std::size_t begin = at_;
        bool in_text = false;
        for (int depth = 1; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (in_text && c == '\\') {
                ++at_;
            } else if (c == '"') {
                in_text = !in_text;
            } else if (!in_text && c == '{') {
                ++depth;
            } else if (!in_text && c == '}' && --depth == 0) {
                value.assign(text_, begin, at_++ - begin);
                return true;
            }
        }
        return false;
    }

  private:
    static constexpr std::uint64_t max_number = 1'000'000'000'000'000'000;

    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace gavel
