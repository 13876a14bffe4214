#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/sha256.h"
#include "common/json/json_text.h"
#include "common/money/money.h"

namespace gavel::auction {

// Writes the members of a JSON object one by one, without its braces. Borrows the text.
class JSONMembers {
  public:
    explicit JSONMembers(std::string& out) : out_(out) {}

    void text(std::string_view name, std::string_view value) {
        begin(name);
        append_json_string(out_, value);
    }
    void money(std::string_view name, Money value) {
        begin(name);
        append_json_money(out_, value);
    }
    void number(std::string_view name, std::int64_t value) {
        constexpr std::size_t most_digits = 20;
        std::array<char, most_digits> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        begin(name).append(digits.data(), end);
    }
    void time(std::string_view name, std::int64_t time_us) {
        begin(name);
        append_json_seconds(out_, time_us);
    }
    // Bytes, as hex digits.
    void hex(std::string_view name, std::string_view bytes) {
        begin(name) += '"';
        append_hex(out_, bytes);
        out_ += '"';
    }
    void flag(std::string_view name, bool value) {
        begin(name);
        out_ += value ? "true" : "false";
    }
    // Members that are written already; "" is none.
    void members(std::string_view written) {
        if (written.empty()) return;
        if (!first_) out_ += ',';
        first_ = false;
        out_ += written;
    }
    // Whose value the caller writes.
    std::string& begin(std::string_view name) {
        out_ += first_ ? "\"" : ",\"";
        first_ = false;
        out_ += name;
        out_ += "\":";
        return out_;
    }

  private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace gavel::auction
