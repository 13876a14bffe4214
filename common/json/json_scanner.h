#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gavel {

// Thrown when a text is not JSON, or another value stands in it than the one asked for.
class MalformedJSON : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Reads a JSON text (RFC 8259) from front to back, value by value, and builds nothing: for texts
// of a known shape that come in masses. Each call reads the next value, or throws MalformedJSON
// when another one stands there.
//
//     in.enter_object();
//     while (const auto name = in.next_name()) { … read one value … }
//
// Borrows the text. Not thread-safe.
class JSONScanner {
  public:
    // A number as it is written, checked against the grammar.
    struct Number {
        std::string_view text;
        bool whole = true;  // without fraction and exponent

        // Nothing when it is not whole, or beyond the type.
        std::optional<std::uint64_t> as_unsigned() const;
        std::optional<std::int64_t> as_signed() const;
        // The nearest double; infinite beyond the largest.
        double as_double() const;
    };

    explicit JSONScanner(std::string_view text)
        : next_(text.data()), end_(text.data() + text.size()) {}

    void enter_object();
    // The name of the next member; nothing behind the last one. Valid until the next name or text.
    std::optional<std::string_view> next_name();
    void enter_list();
    // False behind the last item.
    bool next_item();

    // Valid until the next name or text. Well-formed UTF-8.
    std::string_view text();
    Number number();
    // Reads over a null, if one stands next.
    bool take_null();
    // Reads over any value; one that is nested deeper than limits::max_json_depth is refused.
    void skip_value() { skip_value(0); }
    // Nothing but space may follow.
    void expect_end();

  private:
    [[noreturn]] static void refuse(const char* what);
    char peek();  // the next character that is no space; NUL at the end
    void take(char wanted, const char* what);
    void take_word(std::string_view word);
    bool next_in(char closing);
    void skip_value(int depth);
    std::string_view unescaped(const char* plain);
    void unescape_one();
    std::uint32_t hex4();

    const char* next_;
    const char* end_;
    bool fresh_ = false;   // an object or a list was entered, and none of its values read
    std::string scratch_;  // the text that was read last, when it has escapes
};

}  // namespace gavel
