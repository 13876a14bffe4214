#include "common/json/json_scanner.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "common/limits.h"

namespace gavel {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_continuation(unsigned char c) {
    return (c & 0xc0) == 0x80;
}

// Well-formed in the sense of the Unicode Standard, table 3-7: nothing overlong, no surrogates,
// nothing beyond U+10FFFF.
bool is_utf8(std::string_view text) {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i])
                               : static_cast<unsigned char>(0);
    };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char first = byte(i);
        const unsigned char second = byte(i + 1);
        std::size_t size = 0;
        if (first < 0x80) {
            size = 1;
        } else if (first >= 0xc2 && first <= 0xdf) {
            size = 2;
        } else if ((first & 0xf0) == 0xe0) {
            size = 3;
            if (first == 0xe0 && second < 0xa0) return false;
            if (first == 0xed && second > 0x9f) return false;
        } else if (first >= 0xf0 && first <= 0xf4) {
            size = 4;
            if (first == 0xf0 && second < 0x90) return false;
            if (first == 0xf4 && second > 0x8f) return false;
        } else {
            return false;
        }
        for (std::size_t k = 1; k < size; ++k) {
            if (!is_continuation(byte(i + k))) return false;
        }
        i += size;
    }
    return true;
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xc0 | (point >> 6));
        add(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        add(0xe0 | (point >> 12));
        add(0x80 | ((point >> 6) & 0x3f));
        add(0x80 | (point & 0x3f));
    } else {
        add(0xf0 | (point >> 18));
        add(0x80 | ((point >> 12) & 0x3f));
        add(0x80 | ((point >> 6) & 0x3f));
        add(0x80 | (point & 0x3f));
    }
}

template <class Whole>
std::optional<Whole> whole_of(const JSONScanner::Number& number) {
    Whole value = 0;
    const char* const end = number.text.data() + number.text.size();
    const auto [rest, error] = std::from_chars(number.text.data(), end, value);
    if (!number.whole || error != std::errc() || rest != end) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::uint64_t> JSONScanner::Number::as_unsigned() const {
    return whole_of<std::uint64_t>(*this);
}

std::optional<std::int64_t> JSONScanner::Number::as_signed() const {
    return whole_of<std::int64_t>(*this);
}

double JSONScanner::Number::as_double() const {
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc()) return value;
    // from_chars does not tell too small from too large; strtod does, as no locale is ever set.
    return std::strtod(std::string(text).c_str(), nullptr);
}

void JSONScanner::refuse(const char* what) {
    throw MalformedJSON(what);
}

char JSONScanner::peek() {
    while (next_ != end_ && (*next_ == ' ' || *next_ == '\n' || *next_ == '\t' || *next_ == '\r')) {
        ++next_;
    }
    return next_ == end_ ? '\0' : *next_;
}

void JSONScanner::take(char wanted, const char* what) {
    if (peek() != wanted || next_ == end_) refuse(what);
    ++next_;
}

void JSONScanner::enter_object() {
    take('{', "an object is missing");
    fresh_ = true;
}

void JSONScanner::enter_list() {
    take('[', "a list is missing");
    fresh_ = true;
}

bool JSONScanner::next_in(char closing) {
    const bool first = std::exchange(fresh_, false);
    if (peek() == closing) {
        ++next_;
        return false;
    }
    if (!first) take(',', "a comma is missing");
    return true;
}

std::optional<std::string_view> JSONScanner::next_name() {
    if (!next_in('}')) return std::nullopt;
    const auto name = text();
    take(':', "a colon is missing");
    return name;
}

bool JSONScanner::next_item() {
    return next_in(']');
}

std::string_view JSONScanner::text() {
    take('"', "a text is missing");
    const char* const start = next_;
    unsigned char all = 0;
    for (; next_ != end_ && *next_ != '"'; ++next_) {
        const auto c = static_cast<unsigned char>(*next_);
        if (c == '\\') return unescaped(start);
        if (c < 0x20) refuse("a text has a control character");
        all |= c;
    }
    if (next_ == end_) refuse("a text does not end");
    const std::string_view read(start, static_cast<std::size_t>(next_ - start));
    if (all >= 0x80 && !is_utf8(read)) refuse("a text is not UTF-8");
    ++next_;
    return read;
}

// Goes on with a text at its first escape; `plain` is where it began.
std::string_view JSONScanner::unescaped(const char* plain) {
    scratch_.assign(plain, next_);
    while (next_ != end_ && *next_ != '"') {
        const auto c = static_cast<unsigned char>(*next_++);
        if (c < 0x20) refuse("a text has a control character");
        if (c == '\\') {
            unescape_one();
        } else {
            scratch_ += static_cast<char>(c);
        }
    }
    if (next_ == end_) refuse("a text does not end");
    ++next_;
    if (!is_utf8(scratch_)) refuse("a text is not UTF-8");
    return scratch_;
}

void JSONScanner::unescape_one() {
    if (next_ == end_) refuse("a text does not end");
    switch (*next_++) {
        case '"': scratch_ += '"'; return;
        case '\\': scratch_ += '\\'; return;
        case '/': scratch_ += '/'; return;
        case 'b': scratch_ += '\b'; return;
        case 'f': scratch_ += '\f'; return;
        case 'n': scratch_ += '\n'; return;
        case 'r': scratch_ += '\r'; return;
        case 't': scratch_ += '\t'; return;
        case 'u': break;
        default: refuse("a text has an unknown escape");
    }
    std::uint32_t point = hex4();
    // A character beyond U+FFFF is a pair of surrogates (RFC 8259, section 7).
    if (point >= 0xd800 && point <= 0xdbff) {
        if (end_ - next_ < 2 || next_[0] != '\\' || next_[1] != 'u') refuse("half a character");
        next_ += 2;
        const std::uint32_t low = hex4();
        if (low < 0xdc00 || low > 0xdfff) refuse("half a character");
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point <= 0xdfff) {
        refuse("half a character");
    }
    append_utf8(scratch_, point);
}

std::uint32_t JSONScanner::hex4() {
    constexpr int digits = 4;
    std::uint32_t value = 0;
    if (end_ - next_ < digits) refuse("a text has an unknown escape");
    const auto [rest, error] = std::from_chars(next_, next_ + digits, value, 16);
    if (error != std::errc() || rest != next_ + digits) refuse("a text has an unknown escape");
    next_ = rest;
    return value;
}

JSONScanner::Number JSONScanner::number() {
    peek();
    const char* const start = next_;
    const auto digits = [this] {
        const char* const first = next_;
        while (next_ != end_ && is_digit(*next_)) ++next_;
        if (next_ == first) refuse("a number is missing");
        return first;
    };
    const auto take_if = [this](char c) {
        const bool there = next_ != end_ && *next_ == c;
        if (there) ++next_;
        return there;
    };
    Number read;
    take_if('-');
    const char* const first = digits();
    if (*first == '0' && next_ - first > 1) refuse("a number begins with 0");
    if (take_if('.')) {
        read.whole = false;
        digits();
    }
    if (take_if('e') || take_if('E')) {
        read.whole = false;
        if (!take_if('+')) take_if('-');
        digits();
    }
    read.text = {start, static_cast<std::size_t>(next_ - start)};
    return read;
}

bool JSONScanner::take_null() {
    if (peek() != 'n') return false;
    take_word("null");
    return true;
}

void JSONScanner::take_word(std::string_view word) {
    const std::string_view rest(next_, static_cast<std::size_t>(end_ - next_));
    if (!rest.starts_with(word)) refuse("a value is missing");
    next_ += word.size();
}

void JSONScanner::skip_value(int depth) {
    if (depth > limits::max_json_depth) refuse("a value is nested too deeply");
    switch (peek()) {
        case '{':
            enter_object();
            while (next_name()) skip_value(depth + 1);
            break;
        case '[':
            enter_list();
            while (next_item()) skip_value(depth + 1);
            break;
        case '"': text(); break;
        case 'n': take_word("null"); break;
        case 't': take_word("true"); break;
        case 'f': take_word("false"); break;
        default: number();
    }
}

void JSONScanner::expect_end() {
    peek();
    if (next_ != end_) refuse("something follows the end");
}

}  // namespace gavel
